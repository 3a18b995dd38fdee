//! What is wrong with a provider's answer, in words: `defect.ID`, by the ids of `wire`, which says the English ones itself
//! where nobody else is there to say them.

use tokgate_wire::defect::{Defect, Words};
use tokgate_wire::error::WireError;

use super::{Lang, Message, Text};

crate::messages! {
    CUT = "defect.cut", "the provider's answer broke off before it was complete", "供应商的回答未完成就中断";
    UNEXPLAINED = "defect.unexplained", "the provider failed and did not say why", "供应商出错，且未说明原因";
    ENDED = "defect.ended", "the provider ended its answer with {field} \"{word}\"", "供应商以 {field} \"{word}\" 结束了回答";
    NOT_VALID = "defect.not-valid", "the provider's answer is not valid: {start}", "供应商的回答无效：{start}";
    EMPTY = "defect.empty", "the provider's answer is empty", "供应商的回答为空";
    NO_CHOICES = "defect.no-choices", "the provider's answer holds no choices", "供应商的回答中没有 choices";
    EVENT_NOT_JSON = "defect.event-not-json", "an event of the provider's stream is not valid JSON", "供应商的流中有事件不是有效的 JSON";
    EVENT_NOT_OBJECT = "defect.event-not-object", "an event of the provider's stream is not a JSON object: {start}", "供应商的流中有事件不是 JSON 对象：{start}";
    EVENT_TOO_LONG = "defect.event-too-long", "an event of the provider's stream is longer than {mib} MiB", "供应商的流中有事件超过 {mib} MiB";
    BLOCK_UNTYPED = "defect.block-untyped", "the provider began a block without saying what it is", "供应商开始了一个未说明类型的内容块";
    CALL_UNNAMED = "defect.call-unnamed", "the provider called a tool without saying which", "供应商调用了工具，但未说明是哪一个";
    OUT_OF_ORDER = "defect.out-of-order", "the provider mixed the parts of its answer beyond what can be put in order", "供应商的回答各部分交错过多，无法理顺";
    SUMMARY_CALLED = "defect.summary-called", "the provider called a tool instead of summarizing the conversation", "供应商没有总结对话，而是调用了工具";
    SUMMARY_CUT = "defect.summary-cut", "the provider's summary of the conversation was cut off", "供应商对对话的总结被截断";
    SUMMARY_REFUSED = "defect.summary-refused", "the provider refused to summarize the conversation", "供应商拒绝总结对话";
    SUMMARY_EMPTY = "defect.summary-empty", "the provider's summary of the conversation is empty", "供应商对对话的总结为空";
    BODY_EMPTY = "defect.body-empty", "the body is empty", "响应体为空";
    BODY_PAGE = "defect.body-page", "the body is a web page: {start}", "响应体是网页：{start}";
    BODY_STREAM = "defect.body-stream", "the body is an event stream: {start}", "响应体是事件流：{start}";
    BODY_OTHER_JSON = "defect.body-other-json", "the body is JSON of another form: {start}", "响应体是其他格式的 JSON：{start}";
    BODY_NOT_JSON = "defect.body-not-json", "the body is no JSON: {start}", "响应体不是 JSON：{start}";
    FRAME_LENGTHS = "defect.frame-lengths", "a frame of the event stream has impossible lengths", "事件流中有帧的长度不合理";
    FRAME_PRELUDE = "defect.frame-prelude", "the checksum over the lengths of an event stream's frame is wrong", "事件流中有帧的长度校验和错误";
    FRAME_CHECKSUM = "defect.frame-checksum", "the checksum of an event stream's frame is wrong", "事件流中有帧的校验和错误";
    FRAME_HEADERS = "defect.frame-headers", "the headers of an event stream's frame cannot be read", "事件流中有帧的头部无法读取";
    FRAME_PAYLOAD = "defect.frame-payload", "the payload of an event stream's frame is no event", "事件流中有帧的内容不是事件";
    FRAME_CUT = "defect.frame-cut", "the event stream ended inside a frame", "事件流在帧的中间结束";
}

fn of(id: &str) -> Option<&'static Message> {
    ALL.iter().copied().find(|message| message.id.strip_prefix("defect.") == Some(id))
}

/// `defect` in words.
pub fn text(defect: &Defect) -> Text {
    let Some(message) = of(defect.id()) else { return Text::verbatim(defect) };
    defect.data().into_iter().fold(Text::new(message), |text, (name, seen)| text.with(name, seen))
}

/// What an error says: the provider's own words as they are, else ours.
pub fn error(error: &WireError) -> Text {
    error.defect.as_deref().map_or_else(|| Text::verbatim(&error.message), text)
}

/// The words in which a client is told in `lang`.
pub fn words(lang: Lang) -> Words {
    match lang {
        Lang::En => Words::default(),
        Lang::Zh => Words(|defect| text(defect).say(Lang::Zh)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_defect_has_the_same_words_here_and_none_is_without() {
        for defect in Defect::all() {
            let message = of(defect.id()).unwrap_or_else(|| panic!("no words for {}", defect.id()));
            assert_eq!(text(&defect).say(Lang::En), defect.to_string(), "{}", defect.id());
            for (name, _) in defect.data() {
                assert!(message.zh.contains(&format!("{{{name}}}")), "{}: {name}", defect.id());
            }
        }
        assert_eq!(Defect::all().len(), ALL.len(), "words for what is no defect");
    }

    #[test]
    fn a_provider_is_quoted_in_its_own_words_whatever_the_language() {
        let own = WireError { message: "slow down".to_owned(), ..WireError::default() };
        assert_eq!((error(&own).say(Lang::Zh), error(&own).is_verbatim()), ("slow down".to_owned(), true));
        let ours = WireError::from(Defect::Empty);
        assert_eq!(error(&ours).say(Lang::Zh), "供应商的回答为空");
        assert_eq!(words(Lang::Zh).say(&Defect::Empty), "供应商的回答为空");
    }
}
