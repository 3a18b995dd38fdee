//! How probable tokens are: Chat and Responses say it in one form, Gemini in another.

use crate::json::{Fault, Kind, Reader, Text, Writer};

/// One token, and those that could have stood there.
#[derive(Default)]
struct Token<'a> {
    token: Text<'a>,
    logprob: Option<&'a str>,
    bytes: Option<Vec<u64>>,
    others: Vec<Self>,
}

impl<'a> Token<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Fault> {
        let mut token = Self::default();
        if reader.kind()? != Kind::Object {
            reader.raw()?;
            return Ok(token);
        }
        reader.object(|name, reader| {
            match (name, reader.kind()?) {
                ("token", _) => token.token = reader.text_or_skip()?.unwrap_or_default(),
                ("logprob" | "logProbability", _) => token.logprob = reader.number()?,
                ("bytes", Kind::Array) => {
                    let mut bytes = Vec::new();
                    reader.array(|reader| {
                        bytes.extend(reader.count()?);
                        Ok::<(), Fault>(())
                    })?;
                    token.bytes = Some(bytes);
                }
                ("top_logprobs" | "candidates", Kind::Array) => token.others = tokens(reader)?,
                _ => drop(reader.raw()?),
            }
            Ok::<(), Fault>(())
        })?;
        Ok(token)
    }

    /// Every member is written: strict clients ask for all of them. `bytes`: also those of the token, which the events
    /// of Responses leave out.
    fn write(&self, others: bool, bytes: bool, writer: &mut Writer) {
        writer.object(|writer| {
            writer.key("token").text(&self.token);
            writer.key("logprob").raw(self.logprob.unwrap_or("0"));
            if bytes {
                writer.key("bytes").array(|writer| match &self.bytes {
                    Some(bytes) => bytes.iter().for_each(|byte| writer.count(*byte)),
                    None => self.token.decoded().bytes().for_each(|byte| writer.count(u64::from(byte))),
                });
            }
            if others {
                writer.key("top_logprobs").array(|writer| {
                    self.others.iter().for_each(|other| other.write(false, bytes, writer));
                });
            }
        });
    }
}

fn tokens<'a>(reader: &mut Reader<'a>) -> Result<Vec<Token<'a>>, Fault> {
    let mut tokens = Vec::new();
    reader.array(|reader| {
        tokens.push(Token::read(reader)?);
        Ok::<(), Fault>(())
    })?;
    Ok(tokens)
}

/// Writes the tokens of a list in OpenAI's form, one after another; nothing of one that does not read.
pub(crate) fn write_items(list: &str, bytes: bool, writer: &mut Writer) {
    let read = tokens(&mut Reader::new(list)).unwrap_or_default();
    read.iter().for_each(|token| token.write(true, bytes, writer));
}

/// Gemini's `logprobsResult` as a list in OpenAI's form: what was chosen, and beside it what else there was, token by
/// token. Source: Gemini API reference, "LogprobsResult".
pub(crate) fn of_gemini(result: &str) -> Option<String> {
    let (mut chosen, mut others) = (Vec::new(), Vec::new());
    Reader::new(result)
        .object(|name, reader| {
            match (name, reader.kind()?) {
                ("chosenCandidates", Kind::Array) => chosen = tokens(reader)?,
                ("topCandidates", Kind::Array) => others = tokens(reader)?,
                _ => drop(reader.raw()?),
            }
            Ok::<(), Fault>(())
        })
        .ok()?;
    if chosen.is_empty() {
        return None;
    }
    let mut others = others.into_iter();
    let mut writer = Writer::default();
    writer.array(|writer| {
        for token in chosen {
            let others = others.next().map(|step| step.others).unwrap_or_default();
            Token { others, ..token }.write(true, true, writer);
        }
    });
    String::from_utf8(writer.into_bytes()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(list: &str) -> String {
        let mut writer = Writer::default();
        writer.array(|writer| write_items(list, true, writer));
        String::from_utf8(writer.into_bytes()).unwrap_or_default()
    }

    #[test]
    fn every_member_is_there_and_numbers_keep_their_spelling() {
        let given = r#"[{"token":"\u00e9","logprob":-0.10,"bytes":null,"top_logprobs":[{"token":"e","logprob":-2,"bytes":[1]}]},7]"#;
        let expected = r#"[{"token":"\u00e9","logprob":-0.10,"bytes":[195,169],"top_logprobs":[{"token":"e","logprob":-2,"bytes":[1]}]},{"token":"","logprob":0,"bytes":[],"top_logprobs":[]}]"#;
        assert_eq!(written(given), expected);
        assert_eq!(written("{"), "[]");
    }

    #[test]
    fn geminis_two_lists_become_one() {
        let result = r#"{"chosenCandidates":[{"token":"a","tokenId":1,"logProbability":-0.5}],"topCandidates":[{"candidates":[{"token":"b","logProbability":-1}]}]}"#;
        let expected =
            r#"[{"token":"a","logprob":-0.5,"bytes":[97],"top_logprobs":[{"token":"b","logprob":-1,"bytes":[98]}]}]"#;
        assert_eq!(of_gemini(result).as_deref(), Some(expected));
        assert_eq!(of_gemini("{}"), None);
    }
}
