// Simplified Chinese. Keys are the English words as they stand in the code and in the pages.

export default {
  "Teach it to write": "教它写作",
  "Give it a text. It learns to guess the next letter, and writes its own: first gibberish, then words.":
    "给它一段文字。它学着猜下一个字母，然后自己写：起初是乱码，后来成词。",
  "Fit a curve": "拟合曲线",
  "Put points on a plane and watch a polynomial, or a small network, bend towards them.":
    "在平面上放一些点，看多项式或小网络如何弯向它们。",
  " (recommended)": "（推荐）",
  "{0}: {1}.": "{0}：{1}。",
  "A drawn sample could not be loaded ({0}).": "有一张手绘样本无法加载（{0}）。",
  "a fraction": "分数",
  "a number": "数字",
  "a text": "文本",
  "a whole number": "整数",
  "About this browser": "关于此浏览器",
  " above {0}": "大于 {0}",
  "{0}: {1} after the first {2}, {3} after {4} {5}": "{0}：第一{2}后为 {1}，第 {5} {4}后为 {3}",
  " at most {0}": "不大于 {0}",
  " below {0}": "小于 {0}",
  "Browsers open the camera only on https pages and on localhost. Drop or choose pictures instead.":
    "浏览器只在 https 页面和 localhost 上打开摄像头。请改为拖入或选择图片。",
  "Build a small network by hand, and watch each of its neurons learn, live. Spirals, rings and hills to try it on.":
    "亲手搭建一个小网络，实时观看每个神经元的学习过程。可以用螺旋、圆环和山丘来试验。",
  "Camera {0}": "摄像头 {0}",
  Cancel: "取消",
  "Check this browser": "检查此浏览器",
  Close: "关闭",
  "Confusion matrix": "混淆矩阵",
  "draw, camera, curve …": "绘画、摄像头、曲线……",
  "Embedding map": "嵌入地图",
  epoch: "轮",
  "{0} 1": "第 1 {0}",
  "Expected {0}.": "应为{0}。",
  "Find a page": "查找页面",
  " from {0} up": "不小于 {0}",
  "{0} from {1} to {2}": "{1} 到 {2} 之间的{0}",
  Gallery: "展厅",
  "Graphics are done by software here ({0}): everything works, only slower.":
    "这里的图形由软件计算（{0}）：一切功能可用，只是较慢。",
  "Handwritten digits find their like: watch a map of thousands of pictures unfold.":
    "手写数字各寻其类：观看数千张图片的地图逐渐展开。",
  "{0} is no picture that this browser can read.": "{0} 不是此浏览器能读取的图片。",
  "It is Python, computed by your graphics card, and it goes on without a connection.":
    "一切都是 Python，由您的显卡计算，断网也能继续。",
  "It works all the same, only slower.": "功能不受影响，只是较慢。",
  Language: "语言",
  Loading: "正在加载",
  "Loading pywebml": "正在加载 pywebml",
  "Loading the network": "正在加载网络",
  "Machine learning, in this tab": "机器学习，就在这个标签页里",
  Messages: "消息",
  "No camera was found. Drop pictures instead, or try the drawn samples.":
    "没有找到摄像头。请拖入图片，或试用手绘样本。",
  "No page for that. Fewer letters find more.": "没有这样的页面。少输入几个字会找到更多。",
  "Not working": "无法工作",
  "nothing is uploaded.": "什么都不会上传。",
  "{0}: nothing yet": "{0}：尚无",
  " {0} of {1} MB": " {0} / {1} MB（兆字节）",
  ", {0} on {1}": "，{1}上为 {0}",
  "one of {0}": "{0} 之一",
  "Open a page, and it learns on your own device:": "打开一个页面，它就在您自己的设备上学习：",
  "Open the Teach page to drop pictures there.": "请打开“教学”页面，把图片拖到那里。",
  "Opening the graphics adapter": "正在打开显卡",
  "1 page": "1 个页面",
  "{0} pages": "{0} 个页面",
  Pages: "页面",
  "{0} pages of {1}": "{1} 个页面中的 {0} 个",
  Playground: "神经网络游乐场",
  Python: "Python",
  "Python could not start: {0}": "Python 无法启动：{0}",
  "Python, in this tab": "标签页里的 Python",
  pywebml: "pywebml",
  "pywebml: machine learning in Python, on the desktop and in the tab.":
    "pywebml：用 Python 做机器学习，在桌面上，也在标签页里。",
  "Read handwritten digits": "识别手写数字",
  Ready: "就绪",
  "Ready, without a graphics card": "就绪，未使用显卡",
  "Rock, paper, scissors": "石头、剪刀、布",
  "Rows: what was shown. Columns: what it said.": "行：所展示的。列：它的回答。",
  "Runs every kernel's sample cases on this device and compares the results with float64, and trains small networks.":
    "在本设备上运行每个内核的样例，与 float64 的结果比较，并训练小网络。",
  "Runs on {0}": "运行于 {0}",
  "Show it a few pictures of each thing, train it, and steer a game with it. Your pictures stay on your device.":
    "每样东西给它看几张图片，训练它，再用它来操控游戏。您的图片不会离开您的设备。",
  "Show it three gestures; it learns them as you show them. Then play against it.":
    "给它看三种手势，它边看边学。然后和它对战。",
  "Skip to the page itself": "跳到页面正文",
  "Starting Python": "正在启动 Python",
  "Starting…": "正在启动…",
  Teach: "教学",
  "Teach your computer to see": "教您的电脑看东西",
  "The browser could not keep the picture.": "浏览器无法保存这张图片。",
  "The browser keeps the camera from this page.": "浏览器不允许此页面使用摄像头。",
  "The camera did not start ({0}).": "摄像头没有启动（{0}）。",
  "The camera is blocked for this page. Allow it beside the address, or drop pictures instead.":
    "此页面的摄像头已被禁止。请在地址栏旁允许，或改为拖入图片。",
  "The camera is gone: it was unplugged, or the page may no longer use it. Turn it on again.":
    "摄像头不见了：可能已拔出，或页面不再有权使用。请重新打开。",
  "The camera is in use by another program. Close that one and try again.":
    "另一个程序正在使用摄像头。请关闭那个程序后再试。",
  "The camera sends no pictures any more. Start it again, or choose another one.":
    "摄像头不再传来画面。请重新启动，或换一个摄像头。",
  "The drawn samples could not be loaded. Are you offline on a first visit?":
    "手绘样本无法加载。您是否在离线状态下首次访问？",
  "The graphics device was lost. Reopening it…": "图形设备丢失，正在重新打开…",
  "The picture it looks at": "它正在看的图片",
  "There is no picture yet.": "还没有图片。",
  "This page's address asks for the device “{0}”; there are {1}.":
    "此页面的地址要求设备“{0}”；可用的有 {1}。",
  "Time this browser": "给此浏览器计时",
  "Times training steps, camera frames and matrix products on this device.":
    "测量本设备上训练步、摄像头帧和矩阵乘积所需的时间。",
  "Train a network on ten thousand digits in a minute, then draw one and see it read.":
    "一分钟内用一万个数字训练一个网络，然后自己写一个，看它认出来。",
  "uses your camera": "使用摄像头",
  "What the camera sees": "摄像头看到的画面",
  "What was pasted": "粘贴的内容",
  "Why?": "为什么？",
  "works offline": "可离线使用",
  "Write Python with pywebml: the same code that runs on the desktop, on this device's graphics card.":
    "用 pywebml 编写 Python：与桌面上相同的代码，在本设备的显卡上运行。",
};
