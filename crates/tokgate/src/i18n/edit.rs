//! Messages of the `edit` area: the configuration file read and changed by command.

crate::messages! {
    HELP_GET = "cli.help.config.get", "Print one value in effect", "显示一个生效的值";
    HELP_ARG_GET_KEY = "cli.help.config.get.key", "Which, such as provider.kimi.weight, or a whole section", "哪个键，如 provider.kimi.weight，也可以是整个节";
    HELP_SET = "cli.help.config.set", "Change one key in the file; comments and order stay", "修改文件中的一个键；注释和顺序保持不变";
    HELP_SET_EXAMPLES = "cli.help.config.set.examples",
        "Examples:\n  tokgate config set provider.kimi.weight 50\n  tokgate config set provider.kimi.keys '[\"env:KIMI_KEY\"]'\n  tokgate config set route.1.to profile:work     the first [[route]]\n  tokgate config undo",
        "示例：\n  tokgate config set provider.kimi.weight 50\n  tokgate config set provider.kimi.keys '[\"env:KIMI_KEY\"]'\n  tokgate config set route.1.to profile:work     第一个 [[route]]\n  tokgate config undo";
    HELP_ARG_SET_KEY = "cli.help.config.set.key", "Which key; tables on the way are made", "哪个键；途中缺少的表会自动创建";
    HELP_ARG_SET_VALUE = "cli.help.config.set.value", "As TOML writes it; text needs no quotes", "TOML 写法的值；文本不必加引号";
    HELP_UNSET = "cli.help.config.unset", "Remove a key or a whole table from the file", "从文件中删除一个键或整个表";
    HELP_ARG_UNSET_KEY = "cli.help.config.unset.key", "Which key or table", "哪个键或表";
    HELP_UNDO = "cli.help.config.undo", "Take the last change by command back (the last 10 are kept)", "撤销上一次由命令所做的修改（保留最近 10 次）";

    SET_DONE = "edit.set_done", "{path}: {key} = {value}", "{path}：{key} = {value}";
    UNSET_DONE = "edit.unset_done", "{path}: {key} removed", "{path}：已删除 {key}";
    UNDONE = "edit.undone", "{path}: as before the last change", "{path}：已恢复到上一次修改之前";
    UNDONE_KEY = "edit.undone_key", "  {key}: {before} → {after}", "  {key}：{before} → {after}";
    UNDONE_MORE = "edit.undone_more", "  and {count} more", "  另有 {count} 处";
    UNDONE_NO_VALUE = "edit.undone_no_value", "  no value has changed: comments, order or spelling", "  没有值发生变化：只是注释、顺序或写法";
    NOTHING_WRITTEN = "edit.nothing_written", "Nothing was written: the file is as it was.", "未写入任何内容：文件保持原样。";
    NO_GATEWAY = "edit.no_gateway", "No gateway is running; it counts from the next start.", "没有运行中的网关；下次启动时生效。";
    NOT_IN_FORCE = "edit.not_in_force", "the file is written, but the running gateway goes on with the former configuration: {what}", "文件已写入，但运行中的网关继续使用之前的配置：{what}";
    NOT_ANSWERED = "edit.not_answered", "the file is written; whether the running gateway uses it is not known: {cause}", "文件已写入；不清楚运行中的网关是否已采用：{cause}";
    SAME = "edit.same", "{path} says so already", "{path} 已是如此";
    OVERRIDDEN = "edit.overridden", "{key} comes from {origin} all the same: that beats the file", "{key} 仍取自 {origin}：它优先于文件";

    NO_SUCH = "edit.no_such", "there is no `{key}` in the configuration", "配置中没有 `{key}`";
    IS_TABLE = "edit.is_table", "`{key}` is a table, not a value", "`{key}` 是一个表，不是值";
    NOT_LIST = "edit.not_list", "`{key}` is no list of tables", "`{key}` 不是表的列表";
    BAD_PATH = "edit.bad_path", "`{key}` is no key", "`{key}` 不是有效的键";
    BAD_PATH_FIX = "edit.bad_path_fix", "names with dots between them; other characters in quotes: provider.kimi.models.\"kimi-k2.5\"", "名称之间用点分隔，其他字符要加引号：provider.kimi.models.\"kimi-k2.5\"";
    SECRET_TYPED = "edit.secret_typed", "a key typed here would stay in the shell's history", "在这里输入的密钥会留在 shell 历史中";
    SECRET_TYPED_FIX = "edit.secret_typed_fix", "name where it is: env:NAME, file:PATH or command:PROGRAM ARGS", "写明密钥所在：env:NAME、file:PATH 或 command:PROGRAM ARGS";
    SEE_SHOW = "edit.see_show", "see: tokgate config show", "查看：tokgate config show";
    CHANGED_MEANWHILE = "edit.changed_meanwhile", "somebody else changed the file at the same moment; nothing was written", "其他程序同时修改了该文件；未写入任何内容";
    CHANGED_MEANWHILE_FIX = "edit.changed_meanwhile_fix", "try again", "请重试";
    NOTHING_TO_UNDO = "edit.nothing_to_undo", "there is nothing to undo", "没有可撤销的修改";
    UNDO_WHAT = "edit.undo_what", "only changes made by tokgate can be taken back", "只能撤销由 tokgate 所做的修改";
    EDITED_SINCE = "edit.edited_since", "the file was edited after the last change by command: undoing that would lose the edit", "该文件在上一次命令修改之后又被编辑过：撤销会丢失那次编辑";
    EDITED_SINCE_FIX = "edit.edited_since_fix", "the former text is in the file named here; compare and take over what you want", "之前的内容在此处所示的文件中；请比较后取用所需部分";
    UNPARSABLE = "edit.unparsable", "the change would have made a file that is no TOML; nothing was written", "该修改会使文件不再是合法的 TOML；未写入任何内容";
    REJECTED = "edit.rejected", "nothing was written: {cause}", "未写入任何内容：{cause}";
    REJECTED_FIX = "edit.rejected_fix", "correct the value, or the file first: tokgate config validate", "请更正该值，或先修正文件：tokgate config validate";
}
