// Words with their marks, built as DOM nodes: what people and bots write is never parsed as HTML.

const TAGS = {
  bold: "b", italic: "i", underline: "u", strikethrough: "s", code: "code", pre: "pre",
  blockquote: "blockquote", expandable_blockquote: "blockquote", spoiler: "span",
};
const SAFE_LINK = /^(https?:|tel:|mailto:)/i;

// A small element maker: make("p", {class: "x", onclick: f}, child, …).
export function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

// Entities count UTF-16 units, exactly as JavaScript strings do.
export function richText(text, entities, onCommand) {
  const fragment = document.createDocumentFragment();
  const sorted = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
  fill(fragment, text, sorted, 0, text.length, onCommand);
  return fragment;
}

function fill(parent, text, entities, from, to, onCommand) {
  let at = from;
  let next = 0;
  while (next < entities.length) {
    const entity = entities[next++];
    const start = Math.max(entity.offset, at);
    const stop = Math.min(entity.offset + entity.length, to);
    if (stop <= start) continue;
    const inner = [];
    while (next < entities.length && entities[next].offset < stop) inner.push(entities[next++]);
    const node = element(entity, text.slice(start, stop), onCommand);
    fill(node, text, inner, start, stop, onCommand);
    parent.append(text.slice(at, start), node);
    at = stop;
  }
  parent.append(text.slice(at, to));
}

function element(entity, words, onCommand) {
  if (entity.type === "spoiler") {
    return make("span", { class: "spoiler", onclick: (e) => e.currentTarget.classList.add("shown") });
  }
  if (TAGS[entity.type]) return make(TAGS[entity.type]);
  if (entity.type === "text_link") return link(entity.url);
  if (entity.type === "url") return link(/^https?:/i.test(words) ? words : `https://${words}`);
  if (entity.type === "email") return link(`mailto:${words}`);
  if (entity.type === "bot_command") {
    return make("span", { class: "command", role: "button", tabindex: "0", onclick: () => onCommand(words) });
  }
  return make("span", { class: "mark" });
}

function link(url) {
  if (!SAFE_LINK.test(url)) return make("span", { class: "mark" });
  return make("a", { href: url, target: "_blank", rel: "noopener noreferrer" });
}

export function clock(seconds) {
  return new Date(seconds * 1000).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit" });
}

export function day(seconds) {
  return new Date(seconds * 1000).toLocaleDateString("zh-CN", { month: "long", day: "numeric", weekday: "short" });
}

// A colour of one's own, calm enough to sit beside the others.
export function hue(id) {
  return (Math.abs(id) * 137 + 190) % 360;
}

export async function ask(path, body) {
  const options = body === undefined ? {} : body instanceof FormData
    ? { method: "POST", body }
    : { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  const response = await fetch(`/sandbox/${path}`, options);
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error || `沙盒没有答复（${response.status}）`);
  return answer;
}
