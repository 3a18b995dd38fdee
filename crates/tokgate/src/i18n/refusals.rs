//! Why a request is refused, in words: `refusal.ID`, by the ids of `wire`. They follow the place: "`messages[0].content`:
//! a text or a list is expected here".

use tokgate_wire::conversation::{Impossible, Refused, Why};
use tokgate_wire::json::Flaw;
use tokgate_wire::openai_responses::websocket::{MEMBERS_MAX, Unreadable};
use tokgate_wire::peek::{MAX_DEPTH, Malformed, Reason};

use super::{Message, Text};

crate::messages! {
    UNFINISHED = "refusal.unfinished", "the JSON ends too early", "JSON 未结束";
    TRAILING = "refusal.trailing", "something follows the JSON object", "JSON 对象之后还有多余内容";
    NO_VALUE = "refusal.no-value", "a value is missing here, or is no JSON", "此处缺少值，或不是有效的 JSON 值";
    NO_STRING = "refusal.no-string", "a name in double quotes is missing here", "此处缺少带双引号的名称";
    NO_COLON = "refusal.no-colon", "a colon is missing here", "此处缺少冒号";
    NO_MEMBER_END = "refusal.no-member-end", "a comma or the end of the object is missing here", "此处缺少逗号或对象的结尾";
    NO_ITEM_END = "refusal.no-item-end", "a comma or the end of the list is missing here", "此处缺少逗号或列表的结尾";
    NUMBER = "refusal.number", "this number is no JSON number", "此数字不符合 JSON 语法";
    WORD = "refusal.word", "this word is none of true, false, null", "此处只能是 true、false 或 null";
    ESCAPE = "refusal.escape", "a backslash stands before something that makes no escape", "反斜杠之后不是有效的转义";
    CONTROL = "refusal.control", "an unescaped control character stands in a string", "字符串中有未转义的控制字符";
    SURROGATE = "refusal.surrogate", "an escape is half a surrogate pair without its other half, which no text has", "转义只有代理对的一半，不是有效的文本";
    TOO_DEEP = "refusal.too-deep", "it is nested deeper than {max} levels", "嵌套超过 {max} 层";
    DUPLICATE = "refusal.duplicate", "it is given twice, and programs differ in which one they take", "出现了两次，不同程序取用的值会不同";
    NOT_TEXT = "refusal.not-text", "a text is expected here", "此处应为文本";
    NOT_OBJECT = "refusal.not-object", "an object is expected here", "此处应为对象";
    NOT_LIST = "refusal.not-list", "a list is expected here", "此处应为列表";
    NOT_COUNT = "refusal.not-count", "a whole number that is not negative is expected here", "此处应为非负整数";
    NOT_NUMBER = "refusal.not-number", "a number is expected here", "此处应为数字";
    NOT_FLAG = "refusal.not-flag", "true or false is expected here", "此处应为 true 或 false";
    NOT_CONTENT = "refusal.not-content", "a text or a list is expected here", "此处应为文本或列表";
    NOT_TEXTS = "refusal.not-texts", "a text or a list of texts is expected here", "此处应为文本或文本列表";
    NOT_TEXT_OR_OBJECT = "refusal.not-text-or-object", "a text or an object is expected here", "此处应为文本或对象";
    MISSING = "refusal.missing", "it is missing", "缺少此项";
    EMPTY = "refusal.empty", "nothing is said in it; send at least one message with words", "其中没有任何内容；请至少发送一条有内容的消息";

    ROLE = "refusal.role", "this role is not known here, so it cannot be said in another protocol; use user, assistant, system or a tool's role", "此角色在这里是未知的，无法转换到其他协议；请使用 user、assistant、system 或工具角色";
    TYPE = "refusal.type", "this type is not known here, and nothing else is left to be answered; use a provider that speaks the client's own protocol", "此类型在这里是未知的，除此之外没有可回答的内容；请使用支持客户端自身协议的供应商";
    CHOICE = "refusal.choice", "this choice of tools is not known here; let the model choose, or name a tool", "此工具选择方式在这里是未知的；请让模型自行选择，或指定一个工具";
    MCP_SERVERS = "refusal.mcp-servers", "the provider does not connect to MCP servers; connect them in the client instead", "供应商不会连接 MCP 服务器；请在客户端连接";
    BUILT_IN_TOOL = "refusal.built-in-tool", "the provider has no tool `{kind}`; leave it out, or use a provider that has it", "供应商没有工具 `{kind}`；请去掉它，或使用提供该工具的供应商";
    WEB_SEARCH = "refusal.web-search", "the provider does not search the web; leave the search out, use a provider that does, or set `dialect.web_search = true` where tokgate does not know that it does", "供应商不提供网络搜索；请去掉搜索，或改用提供搜索的供应商；若它其实支持而 tokgate 不知道，请设置 `dialect.web_search = true`";
    SEARCH_BESIDE_TOOLS = "refusal.search-beside-tools", "the provider searches the web only in requests without other tools; send the search in a request of its own", "供应商只在没有其他工具的请求中搜索网络；请单独发送搜索请求";
    CHOSEN_TOOL = "refusal.chosen-tool", "it demands a call of a tool that the provider is not given; declare it as a function, or let the model choose", "要求调用的工具没有提供给供应商；请将其声明为函数，或让模型自行选择";
    TOOL_SEARCH = "refusal.tool-search", "the provider cannot search for tools and is given all of them at once; leave it out, or name one of the tools", "供应商不能搜索工具，所有工具会一次给出；请去掉此项，或指定其中一个工具";
    KEPT = "refusal.kept", "what it refers to is kept at the server that answered before; send the whole conversation instead", "它引用的内容保存在先前作答的服务器上；请改为发送完整对话";
    ITEM_REFERENCE = "refusal.item-reference", "the item it refers to is kept at the server that made it; send the item itself instead (with `store: false` clients do)", "它引用的条目保存在生成它的服务器上；请发送条目本身（客户端在 `store: false` 时会这样做）";
    STORED_PROMPT = "refusal.stored-prompt", "stored prompts are kept at OpenAI; send the prompt's text instead", "存储的提示词保存在 OpenAI；请改为发送提示词文本";
    BACKGROUND = "refusal.background", "the provider cannot answer in the background; leave it out", "供应商不能在后台作答；请去掉此项";
    ANSWERS = "refusal.answers", "the provider gives one answer at a time; send the request several times", "供应商一次只给出一个回答；请多次发送请求";
    SOUND_ANSWER = "refusal.sound-answer", "the provider answers in text only; ask for text alone", "供应商只以文本作答；请只要求文本";
    SOUND = "refusal.sound", "the provider's protocol carries no sound; send a transcript instead", "供应商的协议不支持音频；请改为发送文字稿";
    FUNCTIONS = "refusal.functions", "declare functions as tools", "请将函数声明为工具";
    LOGPROBS = "refusal.logprobs", "the provider's answer cannot tell how probable its tokens are; leave it out", "供应商的回答无法给出 token 概率；请去掉此项";
    FILE = "refusal.file", "a file that was uploaded to one provider is not at another; send the file itself", "上传到某个供应商的文件在其他供应商处不存在；请发送文件本身";
    PICTURE_ADDRESS = "refusal.picture-address", "the provider takes no pictures by address; send the picture itself in base64", "供应商不接受图片网址；请以 base64 发送图片本身";
    PICTURE_FORMAT = "refusal.picture-format", "a picture must be JPEG, PNG, GIF or WebP for this provider; convert it", "此供应商只接受 JPEG、PNG、GIF 或 WebP 图片；请转换格式";
    PICTURE_SOURCE = "refusal.picture-source", "a picture must be given in base64 or by its address", "图片必须以 base64 或网址给出";
    DOCUMENT_ADDRESS = "refusal.document-address", "the provider takes no documents by address; send the document itself in base64", "供应商不接受文档网址；请以 base64 发送文档本身";
    DOCUMENT_FORMAT = "refusal.document-format", "a document must be one of {formats} for this provider; convert it", "此供应商只接受 {formats} 文档；请转换格式";
    DOCUMENT_DAMAGED = "refusal.document-damaged", "the document's base64 is damaged, or its text is not UTF-8", "文档的 base64 已损坏，或其文本不是 UTF-8";

    AT = "refusal.at", "`{field}`: {why}", "`{field}`：{why}";
    NOT_UTF8 = "refusal.not-utf8", "it is not UTF-8", "不是 UTF-8";
    BODY_EMPTY = "refusal.body-empty", "it is empty", "为空";
    BODY_NOT_OBJECT = "refusal.body-not-object", "it is no JSON object", "不是 JSON 对象";
    UNBALANCED = "refusal.unbalanced", "a bracket closes what was not opened", "括号不匹配";
    BACKSLASH = "refusal.backslash", "a backslash stands outside a string", "字符串之外有反斜杠";
    BAD_OBJECT = "refusal.bad-object", "its top level is not a list of names and values", "顶层不是由名称和值组成";
    BAD_VALUE = "refusal.bad-value", "the value of `{name}` is no valid text", "`{name}` 的值不是有效的文本";
    TOO_MANY_MEMBERS = "refusal.too-many-members", "it has more than {max} members", "成员超过 {max} 个";
    BAD_MEMBER = "refusal.bad-member", "`{name}` is missing or not of its type", "`{name}` 缺失或类型不正确";
    GIVEN_TWICE = "refusal.given-twice", "`{name}` is given twice, and programs differ in which one they take", "`{name}` 出现了两次，不同程序取用的值会不同";
}

/// The words for what `wire` calls `id`.
fn of(id: &str) -> Option<&'static Message> {
    ALL.iter().copied().find(|message| message.id.strip_prefix("refusal.") == Some(id))
}

/// Why a request is refused.
pub fn why(why: &Why) -> Text {
    let Some(message) = of(why.id()) else { return Text::verbatim(why.id()) };
    let text = Text::new(message);
    match why {
        Why::Impossible(Impossible::BuiltInTool(kind)) => text.with("kind", kind),
        Why::Impossible(Impossible::DocumentFormat(formats)) => text.with("formats", formats),
        Why::Malformed(Flaw::TooDeep) => text.with("max", MAX_DEPTH),
        Why::Malformed(_) | Why::Impossible(_) => text,
    }
}

/// Where and why a request is refused.
pub fn place_and_why(refused: &Refused) -> Text {
    let why = why(&refused.why);
    if refused.field.is_empty() {
        return why;
    }
    Text::new(&AT).with("field", &refused.field).with_words("why", why)
}

/// Why a body is not taken.
pub fn body(malformed: &Malformed) -> Text {
    let message = match malformed.reason {
        Reason::NotUtf8 => &NOT_UTF8,
        Reason::Empty => &BODY_EMPTY,
        Reason::NotAnObject => &BODY_NOT_OBJECT,
        Reason::TooDeep => return Text::new(&TOO_DEEP).with("max", MAX_DEPTH),
        Reason::Unbalanced => &UNBALANCED,
        Reason::Unfinished => &UNFINISHED,
        Reason::TrailingData => &TRAILING,
        Reason::ControlInString => &CONTROL,
        Reason::StrayBackslash => &BACKSLASH,
        Reason::BadObject => &BAD_OBJECT,
        Reason::BadValue(name) => return Text::new(&BAD_VALUE).with("name", name),
        Reason::DuplicateKey(name) => return Text::new(&GIVEN_TWICE).with("name", name),
    };
    message.into()
}

/// Why a frame is no request.
pub fn frame(unreadable: &Unreadable) -> Text {
    match unreadable {
        Unreadable::NotJson(fault) => why(&Why::Malformed(fault.what)),
        Unreadable::TooManyMembers => Text::new(&TOO_MANY_MEMBERS).with("max", MEMBERS_MAX),
        Unreadable::Twice(name) => Text::new(&GIVEN_TWICE).with("name", name),
        Unreadable::Bad(name) => Text::new(&BAD_MEMBER).with("name", name),
    }
}

#[cfg(test)]
mod tests {
    use tokgate_wire::json::Shape;
    use tokgate_wire::openai_responses::websocket::ClientEvent;

    use super::*;
    use crate::i18n::Lang;

    #[test]
    fn why_a_frame_is_no_request_is_said_in_both_languages() {
        let unreadable = [
            ClientEvent::read("{").unwrap_err(),
            ClientEvent::read("{}").unwrap_err(),
            Unreadable::TooManyMembers,
            Unreadable::Twice("model"),
        ];
        for one in &unreadable {
            let (en, zh) = (frame(one).say(Lang::En), frame(one).say(Lang::Zh));
            assert!(en.is_ascii() && zh.chars().any(|char| ('\u{4e00}'..='\u{9fff}').contains(&char)), "{en} / {zh}");
        }
        assert_eq!(frame(&unreadable[3]).say(Lang::Zh), "`model` 出现了两次，不同程序取用的值会不同");
    }

    /// Each reason of `wire` once.
    fn all_reasons() -> Vec<Why> {
        use Impossible as I;
        let shapes = [
            Shape::Text,
            Shape::Object,
            Shape::List,
            Shape::Count,
            Shape::Number,
            Shape::Flag,
            Shape::Content,
            Shape::Texts,
            Shape::TextOrObject,
        ];
        let flaws = [
            Flaw::Unfinished,
            Flaw::Trailing,
            Flaw::NoValue,
            Flaw::NoString,
            Flaw::NoColon,
            Flaw::NoMemberEnd,
            Flaw::NoItemEnd,
            Flaw::Number,
            Flaw::Word,
            Flaw::Escape,
            Flaw::Control,
            Flaw::Surrogate,
            Flaw::TooDeep,
            Flaw::Duplicate,
            Flaw::Missing("x"),
            Flaw::Empty,
        ];
        let impossible = [
            I::Role,
            I::Type,
            I::Choice,
            I::McpServers,
            I::BuiltInTool("k".into()),
            I::WebSearch,
            I::SearchBesideTools,
            I::ChosenTool,
            I::ToolSearch,
            I::Kept,
            I::ItemReference,
            I::StoredPrompt,
            I::Background,
            I::Answers,
            I::SoundAnswer,
            I::Sound,
            I::Functions,
            I::Logprobs,
            I::File,
            I::PictureAddress,
            I::PictureFormat,
            I::PictureSource,
            I::DocumentAddress,
            I::DocumentFormat("PDF"),
            I::DocumentDamaged,
        ];
        let flaws = flaws.into_iter().chain(shapes.map(Flaw::Shape)).map(Why::Malformed);
        flaws.chain(impossible.map(Why::Impossible)).collect()
    }

    #[test]
    fn every_reason_of_a_refusal_has_words_in_both_languages() {
        for reason in all_reasons() {
            let (en, zh) = (why(&reason).say(Lang::En), why(&reason).say(Lang::Zh));
            assert!(of(reason.id()).is_some(), "{}", reason.id());
            assert!(!en.contains('{') && !zh.contains('{'), "{en} / {zh}");
            assert!(zh.chars().any(|char| char > '\u{2e80}') && en.is_ascii(), "{en} / {zh}");
        }
    }
}
