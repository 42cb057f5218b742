// @ts-check
// The explorer's texts: English where they are used, Chinese here.

const CHINESE = new Map([
  ["/ filters", "/ 筛选"],
  ["A click finds look-alikes", "点击图片即可查找相似图片"],
  ["A double click opens", "双击查看大图"],
  ["All", "全部"],
  ["Arrows move", "方向键移动"],
  ["Arrows move the box", "方向键移动选框"],
  ["Clear", "清除"],
  ["Close", "关闭"],
  ["Copied: {path}", "已复制：{path}"],
  ["Copy path", "复制路径"],
  ["Distance", "距离"],
  ["Draw a box, or press B, to search by a part", "在图上拖动或按 B 键框选，可按局部搜索"],
  ["Drop a picture to find its look-alikes", "将图片拖放到此处，查找相似图片"],
  ["Enlarge", "查看大图"],
  ["Enter goes to the pictures", "回车键回到图片"],
  ["Enter opens", "回车键打开"],
  ["Enter searches", "回车键搜索"],
  ["Esc goes back", "Esc 返回"],
  ["Esc shows all", "Esc 显示全部"],
  ["Esc takes it away", "Esc 取消选框"],
  ["Features of {done} of {all} pictures", "正在提取特征：{done} / {all}"],
  ["Filter by path", "按路径筛选"],
  ["Folder", "文件夹"],
  ["Grid", "网格"],
  ["Group {number}", "第 {number} 组"],
  ["L look-alikes", "L 查找相似"],
  ["Largest first", "从大到小"],
  ["Look-alikes", "相似图片"],
  ["Look-alikes of this part", "查找与此局部相似的图片"],
  ["Look-alikes of {name}", "与 {name} 相似"],
  ["M more like these", "M 查找与所选相似"],
  ["More like these", "查找与所选相似的图片"],
  ["Name A–Z", "名称 A–Z"],
  ["Name Z–A", "名称 Z–A"],
  ["Newest first", "从新到旧"],
  ["No picture", "没有图片"],
  ["None", "没有符合的结果"],
  ["Oldest first", "从旧到新"],
  ["Order", "排序"],
  ["Order as given", "默认顺序"],
  ["Original size", "原始尺寸"],
  ["Picture", "图片"],
  ["Query {number}", "查询 {number}"],
  ["Rank · distance", "名次 · 距离"],
  ["Search with a file …", "用图片文件搜索…"],
  ["Search begins when features are made", "特征提取完成后即可搜索"],
  ["Searching needs a model: explore(model)", "搜索需要模型：explore(model)"],
  ["Select", "选择"],
  ["Select nothing", "取消全部选择"],
  ["Shift+arrows resize it", "Shift+方向键调整大小"],
  ["Smallest first", "从小到大"],
  ["Space selects", "空格键选择"],
  ["Table", "表格"],
  ["The file does not exist.", "文件不存在。"],
  ["The program that shows these pictures has ended", "显示这些图片的程序已结束"],
  ["Trail", "浏览路径"],
  ["Waiting for an answer …", "正在等待响应…"],
  ["near copy", "近似副本"],
  ["one picture|{count} pictures", "{count} 张图片"],
  ["one row|{count} rows", "{count} 行"],
  ["part of {name}", "{name} 的局部"],
  ["query", "查询图片"],
  ["row {row}", "第 {row} 行"],
  ["same file", "相同文件"],
  ["same picture", "相同图片"],
  ["there already", "已有的图片"],
  ["to keep", "建议保留"],
  ["{count} of {total} pictures", "{total} 张图片中的 {count} 张"],
  ["{count} pictures together", "{count} 张图片"],
  ["{name} is no picture that this browser can read", "浏览器无法读取图片 {name}"],
  ["{shown} of {total} within {distance}", "{distance} 以内 {shown} / {total} 张"],
  ["{size} selected", "已选 {size} 项"],
  ["{width} x {height} pixels", "{width} × {height} 像素"],
]);

const languages = globalThis.navigator?.languages ?? [];
const language = languages.find((each) => /^(en|zh)\b/i.test(each)) ?? "en";

/** The language of the texts, as the attribute `lang` names it. */
export const LANGUAGE = /^zh/i.test(language) ? "zh-Hans" : "en";

/** A text in the person's language, if it is one of those above, or else as it is. */
export function known(text) {
  return (LANGUAGE !== "en" && CHINESE.get(text)) || text;
}

/**
 * A text in the person's language, with values in the place of their names: "{count} of {total}".
 * Of "one picture|{count} pictures" it is the part that `count` needs.
 * @param {string} text
 * @param {Record<string, string | number>} values
 */
export function say(text, values = {}) {
  const [one, many = one] = known(text).split("|");
  const fitting = values.count === 1 ? one : many;
  return fitting.replace(/\{(\w+)\}/g, (_, name) => values[name].toLocaleString(language));
}
