//! Messages of the `process` area.

crate::messages! {
    FILE_FAILED = "process.file_failed", "cannot use this file or folder: {error}", "无法使用该文件或文件夹：{error}";
    FILE_FIX = "process.file_fix", "check its owner and permissions, and that the disk has room", "请检查其所有者和权限，以及磁盘是否有空间";
    FILE_NOT_THERE = "process.file_not_there", "check the path: nothing is there", "请检查路径：那里什么也没有";
    NOT_OURS = "process.not_ours", "the folder for our private files belongs to another user, or is no folder", "用于存放私有文件的文件夹属于其他用户，或者不是文件夹";
    NOT_OURS_FIX = "process.not_ours_fix", "move it away, or point XDG_STATE_HOME to a folder of your own", "请将其移走，或将 XDG_STATE_HOME 指向您自己的文件夹";
    LOCAL_KEY_BROKEN = "process.local_key_broken", "the local key file is damaged", "本地密钥文件已损坏";
    ADMIN_UNKNOWN = "process.admin_unknown", "the running gateway does not know this request; it may be of another version", "正在运行的网关不认识该请求，可能版本不同";
    ADMIN_UNREADABLE = "process.admin_unreadable", "the request to the running gateway could not be read", "无法读取发给网关的请求";
    ADMIN_FAILED = "process.admin_failed", "the running gateway does not answer: {error}", "正在运行的网关没有回答：{error}";
    START_FAILED = "process.start_failed", "the background gateway did not start: {error}", "后台网关启动失败：{error}";
    STOPPING = "process.stopping", "the running gateway is stopping and takes no new requests (running: {count})", "正在运行的网关正在停止，不再接受新请求（进行中：{count}）";
    ALREADY_UP = "process.already_up", "a gateway with this configuration is already running", "使用此配置的网关已在运行";
    ADDRESS_TAKEN_BY = "process.address_taken_by", "{address} is used by {program} (pid {pid})", "{address} 已被 {program}（pid {pid}）占用";
    ADDRESS_TAKEN = "process.address_taken", "{address} is used by another program (of another user, so its name is not visible)", "{address} 已被其他程序占用（属于其他用户，无法看到其名称）";
    ADDRESS_TAKEN_FIX = "process.address_taken_fix", "stop that program, or take another port: tokgate up --listen {other}", "请停止该程序，或改用其他端口：tokgate up --listen {other}";
    ADDRESS_FAILED = "process.address_failed", "cannot listen on {address}: {error}", "无法监听 {address}：{error}";
    ADDRESS_FAILED_FIX = "process.address_failed_fix", "choose an address of this machine: tokgate up --listen 127.0.0.1:7711", "请选择本机地址：tokgate up --listen 127.0.0.1:7711";
    RELOAD_ADDRESS_FIX = "process.reload_address_fix", "stop that program or choose another address, then save the file again", "请停止该程序或改用其他地址，然后重新保存文件";
    CONFIG_GONE = "process.config_gone", "{path} is gone", "{path} 已不存在";
    CONFIG_EMPTIED = "process.config_emptied", "{path} is empty", "{path} 是空的";
    CONFIG_BARE = "process.config_bare", "{path} names no provider any more", "{path} 里不再有任何供应商";
    CONFIG_LOST_FIX = "process.config_lost_fix", "put it back; to go on without it: {command}", "请恢复它；若要不用它继续：{command}";
    NOT_STOPPED = "process.not_stopped", "the gateway (pid {pid}) is still running its last streams", "网关（pid {pid}）仍在处理最后的流";
}
