#![allow(clippy::unwrap_used, reason = "tests")]
use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<i32>().prop_map(|number| Value::from(f64::from(number) / 8.0)),
        ".*".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            prop::collection::vec((".*", inner), 0..8).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Reads a value with the reader and writes it again with the writer.
fn copy(reader: &mut Reader<'_>, writer: &mut Writer) -> Result<(), Fault> {
    match reader.kind()? {
        Kind::Object => {
            let mut members = Vec::new();
            reader.object(|name, reader| -> Result<(), Fault> {
                members.push((name, reader.raw()?));
                Ok(())
            })?;
            writer.object(|writer| {
                for (name, value) in members {
                    copy(&mut Reader::new(value), writer.key(name)).unwrap();
                }
            });
            Ok(())
        }
        Kind::Array => {
            let mut items = Vec::new();
            reader.array(|reader| -> Result<(), Fault> {
                items.push(reader.raw()?);
                Ok(())
            })?;
            writer.array(|writer| items.iter().for_each(|item| copy(&mut Reader::new(item), writer).unwrap()));
            Ok(())
        }
        Kind::String => reader.text().map(|text| writer.text(&text)),
        _ => reader.raw().map(|raw| writer.raw(raw)),
    }
}

proptest! {
    #[test]
    fn what_is_read_and_written_again_is_the_same_value(value in any_json(), pretty: bool) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
        let (mut reader, mut writer) = (Reader::new(&text), Writer::default());
        copy(&mut reader, &mut writer).unwrap();
        reader.end().unwrap();
        prop_assert_eq!(serde_json::from_slice::<Value>(&writer.into_bytes()).unwrap(), value);
    }

    #[test]
    fn the_reader_accepts_what_serde_accepts_and_nothing_else(text in r#"[\[\]{}:,"\\ntrue0-9.eE \-u]{0,12}"#) {
        let mut reader = Reader::new(&text);
        let ours = reader.raw().is_ok() && reader.end().is_ok();
        // serde refuses numbers beyond a double, which are JSON all the same.
        let theirs = match serde_json::from_str::<&serde_json::value::RawValue>(&text) {
            Ok(_) => true,
            Err(error) => error.to_string().contains("out of range"),
        };
        prop_assert_eq!(ours, theirs);
    }

    #[test]
    fn strings_end_where_serde_says_whatever_stands_at_which_place(
        before in "[ -~é\u{80}]{0,20}",
        odd in "[\"\\\\\u{0}-\u{1f}]{0,2}|\\\\[nu\"]",
        after in "[ -~]{0,20}",
    ) {
        let text = format!("\"{before}{odd}{after}\"");
        let mut reader = Reader::new(&text);
        let ours = reader.text().is_ok() && reader.end().is_ok();
        prop_assert_eq!(ours, serde_json::from_str::<&serde_json::value::RawValue>(&text).is_ok(), "{}", text);
    }

    #[test]
    fn texts_are_what_serde_says_they_are(plain in ".*") {
        let quoted = serde_json::to_string(&plain).unwrap();
        let text = Reader::new(&quoted).text().unwrap();
        prop_assert_eq!(&*text.decoded(), &*plain);
        prop_assert_eq!(text.is_blank(), plain.chars().all(|c| " \n\t\r".contains(c)));
        let mut writer = Writer::default();
        writer.string(&plain);
        writer.text(&text);
        let both: Vec<String> = serde_json::from_str(&format!("[{}]", String::from_utf8(writer.into_bytes()).unwrap())).unwrap();
        prop_assert_eq!(both, [plain.clone(), plain]);
    }

    /// Long enough for several blocks, with backslashes and quotes at every place in them.
    #[test]
    fn a_string_ends_where_serde_says_wherever_its_escapes_stand(
        pieces in prop::collection::vec(prop::sample::select(vec!["\\\\", "\\\"", "\\n", "\\u00e9", "\\x", "\\u00g0", "\\", "\"", "\n", "a", "é", "sixteen letters."]), 0..60),
    ) {
        let text = format!("\"{}\" ", pieces.concat());
        let mut reader = Reader::new(&text);
        let ours = reader.raw();
        let mut theirs = serde_json::Deserializer::from_str(&text).into_iter::<serde::de::IgnoredAny>();
        let is_valid = matches!(theirs.next(), Some(Ok(_)));
        prop_assert_eq!(ours.is_ok(), is_valid, "{}: {:?}", text, ours);
        if is_valid {
            prop_assert_eq!(reader.offset(), theirs.byte_offset());
        }
    }

    #[test]
    fn escapes_mean_what_serde_says(units in prop::collection::vec(any::<u16>(), 0..8)) {
        let escaped: String = units.iter().map(|unit| format!("\\u{unit:04X}")).collect();
        let quoted = format!("\"{escaped}\"");
        let ours = Reader::new(&quoted).text().unwrap().decoded().into_owned();
        prop_assert_eq!(ours, String::from_utf16_lossy(&units));
    }
}

#[test]
fn nesting_has_an_end() {
    let deep = "[".repeat(1_000_000);
    assert_eq!(Reader::new(&deep).raw().unwrap_err().what, Flaw::TooDeep);
}

#[test]
fn counts_are_whole_and_numbers_keep_their_spelling() {
    assert_eq!(Reader::new("1024.0").count().unwrap(), Some(1024));
    assert_eq!(Reader::new("-1").count().unwrap(), None);
    assert_eq!(Reader::new("\"7\"").count().unwrap(), None);
    assert_eq!(Reader::new("0.70").number().unwrap(), Some("0.70"));
    let mut writer = Writer::default();
    writer.array(|writer| {
        writer.count(0);
        writer.count(u64::MAX);
        writer.flag(true);
        writer.null();
    });
    assert_eq!(writer.into_bytes(), b"[0,18446744073709551615,true,null]");
}
