"""Three help pages, in the words that the player and the record use."""

from dataclasses import dataclass

ZH, EN = "zh-hans", "en"


@dataclass(frozen=True, slots=True)
class HelpText:
    """One help page; `words` holds title, summary and text per language."""

    slug: str
    words: dict[str, tuple[str, str, str]]


HELP = (
    HelpText(
        slug="how-hours-are-counted",
        words={
            ZH: (
                "学时是怎么算的",
                "服务器逐秒判断，学完并考过才成为学时。",
                (
                    "<p>播放器只负责报告，<b>每一秒算不算由服务器判断</b>。服务器确认过的秒会变亮，断线、刷新、"
                    "关掉页面都不会丢。</p>"
                    "<h2>哪些时间计入</h2><ul><li>没看过的部分，按顺序、以 1.0× 播放。</li>"
                    "<li>往回拖随时可以；复习可到 2.0×，重看不重复计。</li>"
                    "<li>页面切到后台会暂停，回来接着计。</li><li>同一时间只能在一台设备上计学时。</li></ul>"
                    "<h2>哪些时间不计</h2><ul><li>连接断开、服务器没有收到的时间，可以补看。</li>"
                    "<li>没有回应“还在学习吗”之后的时间。</li></ul>"
                    "<h2>什么时候变成学时</h2><p>一门课的每一讲都看完、考试通过，这门课批准的学时才记入您的学时记录，"
                    "再由基地审核、人社局确认。正常规则里 1 学时是 45 分钟，按实际测得的视频长度折算，"
                    "向下取到 0.1 学时。</p>"
                    "<p>每个学时数旁边都有“为什么”，可以一直点到具体的秒。</p>"
                ),
            ),
            EN: (
                "How hours are counted",
                "The server judges every second; a course finished and passed becomes hours.",
                (
                    "<p>The player only reports; <b>the server judges every second</b>. A second the server "
                    "has confirmed "
                    "turns bright, and no lost connection, reload or closed page takes it away.</p>"
                    "<h2>What counts</h2><ul><li>Parts you have not seen, in order, at 1.0×.</li>"
                    "<li>Seek back whenever you like; review at up to 2.0×. Seen parts are not counted twice.</li>"
                    "<li>A hidden page pauses and resumes when you return.</li>"
                    "<li>Only one device earns hours at a time.</li></ul>"
                    "<h2>What does not</h2><ul><li>Time offline that never reached the server. You can replay it.</li>"
                    "<li>Time after a “Still studying?” that nobody answered.</li></ul>"
                    "<h2>When it becomes hours</h2><p>When every lecture of a course is complete and its "
                    "exam is passed, "
                    "the course's approved hours enter your record, then a base audits and the bureau confirms them. "
                    "Under ordinary rules one hour is 45 minutes of measured video, rounded down to 0.1 hour.</p>"
                    "<p>Beside every figure stands a “why” that opens down to the seconds.</p>"
                ),
            ),
        },
    ),
    HelpText(
        slug="presence-checks",
        words={
            ZH: (
                "“还在学习吗”是什么",
                "学习中随机出现的确认，点一下就好，没点到也不会扣已计入的时间。",
                (
                    "<p>看课时，页面会在不固定的时间问一句“还在学习吗”。请在 60 秒内点“我在学习”。</p>"
                    "<h2>没点到会怎样</h2><p>只会暂停计时。之前已计入的时间一秒也不会少，点“继续学习”就接着计。</p>"
                    "<h2>为什么要问</h2><p>规则要求确认是您本人在学。问的时间由服务器随机决定，提前点、"
                    "重复点都没有用。</p>"
                    "<h2>点不到怎么办</h2><p>可以用键盘：Tab 移到按钮，按回车或空格。页面会同时响一声、改标题，"
                    "方便您在别处时听到。</p>"
                    "<p>演示站的视频很短，所以每 30–60 秒问一次；正式规则是每 12–20 分钟一次。</p>"
                ),
            ),
            EN: (
                "What “Still studying?” is",
                "A check at random moments. One press answers it; missing it takes nothing away.",
                (
                    "<p>While you watch, the page asks “Still studying?” at moments nobody can predict. Press I'm here "
                    "within 60 seconds.</p>"
                    "<h2>If you miss it</h2><p>Counting pauses, nothing more. Every second credited before "
                    "stays yours; "
                    "press Continue and counting resumes.</p>"
                    "<h2>Why it asks</h2><p>The rules want to know that it is you who studies. The server "
                    "draws the moment, "
                    "so pressing early or twice does nothing.</p>"
                    "<h2>If you cannot reach the button</h2><p>Use the keyboard: Tab to the button, then "
                    "Enter or Space. "
                    "The page also sounds once and changes its title, in case you are elsewhere.</p>"
                    "<p>The lectures of this demonstration are short, so it asks every 30–60 seconds; "
                    "ordinary rules ask "
                    "every 12–20 minutes.</p>"
                ),
            ),
        },
    ),
    HelpText(
        slug="verify-a-certificate",
        words={
            ZH: (
                "怎样核验一张证书",
                "扫二维码，或在核验页输入核验码；谁都可以查，不用登录。",
                (
                    "<p>每张年度证书上都有二维码和核验码，例如 7Q4M-2XHD-9WTK-6RBC。扫码，或者在"
                    '<a href="/verify/">核验页</a>输入核验码即可。</p>'
                    "<h2>会看到什么</h2><ul><li><b>有效</b>：显示年度、学时、发证机关和日期。</li>"
                    "<li><b>被新证书替代</b>：内容更正过，以新证书为准。"
                    "</li><li><b>已撤销</b>：显示撤销日期和原因类别。</li>"
                    "<li><b>查无此证</b>：请核对核验码。核验码里没有数字 0、1，也没有字母 O、I。</li></ul>"
                    "<h2>个人信息</h2><p>姓名只显示姓，不显示身份证号，也不能按姓名查询。"
                    "您可以输入纸面上的全名，系统只回答一致或不一致。</p>"
                ),
            ),
            EN: (
                "How to check a certificate",
                "Scan the QR code, or type the code on the check page. Anyone may, without signing in.",
                (
                    "<p>Every yearly certificate bears a QR code and a written code such as 7Q4M-2XHD-9WTK-6RBC. "
                    "Scan it, or "
                    'type the code on the <a href="/en/verify/">check page</a>.</p>'
                    "<h2>What you will see</h2><ul><li><b>Valid</b>: year, hours, issuer and date.</li>"
                    "<li><b>Replaced</b>: the content was corrected; the newer certificate stands.</li>"
                    "<li><b>Revoked</b>: the date and the kind of reason.</li>"
                    "<li><b>Unknown</b>: please compare the code. It never contains 0, 1, O or I.</li></ul>"
                    "<h2>Personal data</h2><p>Names are masked, no ID number is shown, and nobody can search "
                    "by name. You "
                    "may type the full name from the paper; the answer is only whether it matches.</p>"
                ),
            ),
        },
    ),
)
