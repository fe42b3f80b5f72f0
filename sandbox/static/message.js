// One message as a bubble: who, what, when, its edits and its buttons.

import { clock, make, richText } from "/text.js";

const file = (id) => `/sandbox/files/${encodeURIComponent(id)}`;

// `host` is the phone: it knows whose it is and what pressing, replying and editing do.
export function bubble(view, host) {
  const mine = view.from.id === host.person.id;
  const node = make("article", {
    class: `message ${mine ? "mine" : "theirs"}${view.deleted ? " gone" : ""}`,
    "data-message-id": view.message_id,
  });
  if (view.deleted) {
    node.append(make("div", { class: "bubble" }, "消息已删除"));
    return node;
  }
  node.append(make(
    "div", { class: `bubble kind-${view.kind}` },
    host.chat.type !== "private" && !mine && make("div", { class: "author" }, view.from.name),
    view.forwarded_from && make("div", { class: "forwarded" }, `转发自 ${view.forwarded_from}`),
    view.reply_to && make("div", { class: "quote" }, view.reply_to.text),
    content(view),
    view.text && words(view, host),
    foot(view),
    tools(view, host, mine),
  ));
  if (view.keyboard.length) node.append(keyboard(view, host));
  return node;
}

function words(view, host) {
  const node = make("div", { class: "text", dir: "auto" });
  node.append(richText(view.text, view.entities, (command) => host.say(command)));
  return node;
}

function foot(view) {
  const node = make("footer", {});
  const edits = view.edits.filter((edit) => edit.text && edit.text !== view.text);
  if (edits.length) {
    const before = make("ol", { class: "edits", hidden: true },
      ...edits.map((edit) => make("li", {}, make("time", {}, clock(edit.at)), edit.text)));
    node.append(make("button", {
      type: "button", class: "edited", title: "看看原来怎么说", onclick: () => { before.hidden = !before.hidden; },
    }, "已编辑"));
    node.append(make("time", {}, clock(view.at)), before);
    return node;
  }
  node.append(make("time", {}, clock(view.at)));
  return node;
}

function tools(view, host, mine) {
  const editable = mine && view.kind === "text";
  return make("div", { class: "tools" },
    make("button", { type: "button", title: "回复", "aria-label": "回复", onclick: () => host.replyTo(view) }, "↩"),
    editable && make("button", { type: "button", title: "修改", "aria-label": "修改", onclick: () => host.startEdit(view) }, "✎"));
}

function content(view) {
  const raw = view.raw;
  switch (view.kind) {
    case "text": return null;
    case "photo": {
      const size = raw.photo[raw.photo.length - 1];
      return make("a", { href: file(size.file_id), target: "_blank", class: "photo" },
        make("img", { src: file(size.file_id), width: size.width, height: size.height, alt: view.text || "照片", loading: "lazy" }));
    }
    case "document":
      return make("a", { class: "attachment", href: file(raw.document.file_id), download: raw.document.file_name || "文件" },
        make("span", { class: "icon" }, "📄"), make("span", {}, raw.document.file_name || "文件", make("small", {}, size(raw.document.file_size))));
    case "location": return place("位置", raw.location);
    case "venue": return place(`${raw.venue.title} · ${raw.venue.address}`, raw.location);
    case "contact":
      return make("div", { class: "attachment" }, make("span", { class: "icon" }, "👤"),
        make("span", {}, `${raw.contact.last_name || ""}${raw.contact.first_name}`, make("small", {}, raw.contact.phone_number)));
    case "sticker": return make("div", { class: "sticker" }, raw.sticker.emoji || "🙂");
    case "voice": return make("div", { class: "attachment" }, make("span", { class: "icon" }, "🎤"), make("span", {}, "语音", make("small", {}, `${raw.voice.duration} 秒`)));
    default: return make("div", { class: "muted" }, "（这种消息沙盒不显示）");
  }
}

function place(title, location) {
  return make("div", { class: "attachment" }, make("span", { class: "icon" }, "📍"),
    make("span", {}, title, make("small", {}, `${location.latitude.toFixed(4)}，${location.longitude.toFixed(4)}`)));
}

function size(bytes) {
  return bytes > 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.max(1, Math.round(bytes / 1000))} KB`;
}

function keyboard(view, host) {
  return make("div", { class: "keyboard" }, ...view.keyboard.map((row) => make("div", { class: "row" }, ...row.map((button) => {
    const waiting = host.waiting.has(`${view.message_id}/${button.callback_data}`);
    return make("button", {
      type: "button", class: `key${waiting ? " waiting" : ""}${button.style ? ` ${button.style}` : ""}`,
      "data-data": button.callback_data, onclick: () => host.press(view, button),
    }, button.text, button.url ? " ↗" : "");
  }))));
}
