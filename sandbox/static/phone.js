// One person's phone: their chats with the bot and in groups, the keyboard under the input, toasts and alerts.

import { bubble } from "/message.js";
import { ask, day, hue, make } from "/text.js";

const PLACES = [
  ["省直机关大院", 43.8868, 125.3245], ["高铁站", 43.9092, 125.3229], ["机场", 43.9962, 125.6852],
];
const ACTIONS = { typing: "正在输入…", upload_photo: "正在发照片…", upload_document: "正在发文件…", find_location: "正在找位置…" };

export class Phone {
  constructor(person, { onClose }) {
    this.person = person;
    this.chat = { id: person.id, type: "private", title: "后勤服务台", members: [person.id], reply_keyboard: null };
    this.chats = [];
    this.views = new Map();
    this.waiting = new Set();
    this.presses = new Map();
    this.answers = new Map();
    this.editing = this.answering = null;
    this.build(onClose);
  }

  // -- the case ------------------------------------------------------------------------------------

  build(onClose) {
    this.avatar = make("span", { class: "avatar", "aria-hidden": "true" });
    this.avatar.style.setProperty("--hue", hue(this.person.id));
    this.name = make("strong", {});
    this.note = make("small", { class: "note" });
    this.switch = make("select", { class: "switch", "aria-label": "切换聊天", hidden: true, onchange: (e) => this.open(Number(e.target.value)) });
    this.blockKey = make("button", { type: "button", class: "plain", onclick: () => this.toggleBlock() });
    this.list = make("div", { class: "messages", role: "log", "aria-live": "polite" });
    this.toast = make("div", { class: "toast", role: "status", hidden: true });
    this.context = make("div", { class: "context", hidden: true });
    this.menu = make("div", { class: "menu", hidden: true });
    this.replyKeys = make("div", { class: "reply-keys", hidden: true });
    this.picker = make("input", { type: "file", hidden: true, onchange: () => this.sendFile() });
    this.input = make("textarea", {
      rows: "1", maxlength: "4096", placeholder: "写点什么…", "aria-label": `${this.person.name}的消息`,
      onkeydown: (e) => this.key(e), oninput: () => this.typed(), onpaste: (e) => this.pasted(e),
    });
    this.root = make("section", { class: "phone", "data-phone": this.person.id, "aria-label": `${this.person.name}的手机` },
      make("header", { class: "head" }, this.avatar, make("div", { class: "who" }, this.name, this.note),
        this.switch, this.blockKey, make("button", { type: "button", class: "plain", title: "收起这部手机", "aria-label": "收起", onclick: onClose }, "✕")),
      this.list, this.toast, this.menu, this.context, this.replyKeys,
      make("form", { class: "compose", onsubmit: (e) => { e.preventDefault(); this.submit(); } },
        make("button", { type: "button", class: "plain attach", title: "照片、文件、位置…", "aria-label": "附件", onclick: () => this.showAttachments() }, "＋"),
        make("button", { type: "button", class: "plain slash", title: "命令菜单", "aria-label": "命令菜单", onclick: () => this.showCommands("") }, "/"),
        this.input, make("button", { class: "send", "aria-label": "发送" }, "➤"), this.picker));
    this.root.addEventListener("pointerdown", (e) => { if (!e.target.closest(".menu, .attach, .slash")) this.menu.hidden = true; });
    this.describe(this.person);
  }

  describe(person) {
    this.person = person;
    this.avatar.textContent = [...person.name].slice(-2).join("");
    this.name.textContent = person.name;
    this.note.textContent = person.label || "";
    this.blockKey.textContent = person.blocked ? "恢复" : "停用";
    this.blockKey.title = person.blocked ? "恢复使用机器人" : "停用机器人（机器人将无法给此人发消息）";
    this.root.classList.toggle("blocked", person.blocked);
  }

  // -- reading -------------------------------------------------------------------------------------

  async load(chats) {
    this.chats = chats.filter((chat) => chat.members.includes(this.person.id));
    this.switch.hidden = this.chats.length < 2;
    this.switch.replaceChildren(...this.chats.map((chat) => make("option", { value: chat.id, selected: chat.id === this.chat.id }, chat.title)));
    await this.open(this.chat.id);
  }

  async open(chatId) {
    this.chat = this.chats.find((chat) => chat.id === chatId) || this.chat;
    this.meanwhile = [];
    const views = await ask(`chats/${this.chat.id}/messages?limit=200`);
    if (this.chat.id !== chatId) return;
    this.views = new Map(views.map((view) => [view.message_id, view]));
    for (const view of this.meanwhile) this.keep(view);
    this.meanwhile = null;
    this.redraw();
    this.drawReplyKeys();
  }

  redraw() {
    const nodes = [];
    let last = "";
    for (const view of this.views.values()) {
      const today = day(view.at);
      if (today !== last) nodes.push(make("div", { class: "day" }, today));
      last = today;
      nodes.push(bubble(view, this));
    }
    if (!nodes.length) nodes.push(make("div", { class: "hello" }, "给机器人发一句话试试，", make("br"), "例如：明天下午两点派辆商务车去机场接人，3个人"));
    this.list.replaceChildren(...nodes);
    this.list.scrollTop = this.list.scrollHeight;
  }

  // What came while the chat was being fetched can be older than what was fetched: the more edited one stays.
  keep(view) {
    const age = (candidate) => candidate.edits.length + (candidate.deleted ? 1e6 : 0);
    const known = this.views.get(view.message_id);
    if (!known || age(view) >= age(known)) this.views.set(view.message_id, view);
  }

  receive(event) {
    if (event.chat !== this.chat.id || !event.message) return;
    this.meanwhile?.push(event.message);
    const near = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 120;
    const known = this.views.has(event.message.message_id);
    this.keep(event.message);
    this.chat = { ...this.chat, ...event.chat_view };
    if (known) this.refresh(event.message.message_id);
    else if (this.views.size === 1 || !this.sameDay()) this.redraw();
    else this.list.append(bubble(event.message, this));
    if (event.message.from_bot) this.typing("");
    if (!known && (near || event.message.from.id === this.person.id)) this.list.scrollTop = this.list.scrollHeight;
    this.drawReplyKeys();
  }

  sameDay() {
    const [before, now] = [...this.views.values()].slice(-2);
    return day(before.at) === day(now.at);
  }

  refresh(messageId) {
    const old = this.list.querySelector(`[data-message-id="${messageId}"]`);
    if (old) old.replaceWith(bubble(this.views.get(messageId), this));
  }

  typing(action) {
    clearTimeout(this.typingTimer);
    this.note.textContent = action ? ACTIONS[action] || "正在处理…" : this.person.label || "";
    this.note.classList.toggle("active", Boolean(action));
    if (action) this.typingTimer = setTimeout(() => this.typing(""), 5000);
  }

  // -- pressing ------------------------------------------------------------------------------------

  async press(view, button) {
    if (button.url) return void window.open(button.url, "_blank", "noopener");
    if (button.copy_text) return void navigator.clipboard?.writeText(button.copy_text.text).then(() => this.say_toast("已复制"));
    const key = `${view.message_id}/${button.callback_data}`;
    if (this.waiting.has(key)) return;
    this.waiting.add(key);
    this.refresh(view.message_id);
    const press = await this.try(() => ask("presses", {
      person: this.person.id, chat: this.chat.id, message_id: view.message_id, data: button.callback_data, force: true,
    }));
    if (!press) return this.released(key);
    this.presses.set(press.id, key);
    const early = this.answers.get(press.id);
    if (early) this.answered(early);
    else setTimeout(() => this.released(key), 30000);
  }

  // The answer can arrive before the press itself has returned: it is kept until then.
  answered(event) {
    const key = this.presses.get(event.id);
    if (!key) return void this.answers.set(event.id, event);
    this.answers.delete(event.id);
    this.presses.delete(event.id);
    this.released(key);
    if (!event.text) return;
    if (event.alert) this.alert(event.text);
    else this.say_toast(event.text);
  }

  released(key) {
    if (this.waiting.delete(key)) this.refresh(Number(key.split("/")[0]));
  }

  say_toast(text) {
    clearTimeout(this.toastTimer);
    this.toast.textContent = text;
    this.toast.hidden = false;
    this.toastTimer = setTimeout(() => { this.toast.hidden = true; }, 4000);
  }

  alert(text) {
    const box = make("div", { class: "alert", role: "alertdialog", "aria-modal": "true" }, make("div", {}, make("p", {}, text),
      make("button", { type: "button", onclick: () => box.remove() }, "知道了")));
    this.root.append(box);
    box.querySelector("button").focus();
  }

  drawReplyKeys() {
    const rows = this.chat.reply_keyboard?.keyboard || [];
    this.replyKeys.hidden = !rows.length;
    this.input.placeholder = this.chat.reply_keyboard?.input_field_placeholder || "写点什么…";
    this.replyKeys.replaceChildren(...rows.map((row) => make("div", { class: "row" }, ...row.map((button) => make("button", {
      type: "button", onclick: () => this.tap(button),
    }, button.request_location ? "📍 " : button.request_contact ? "📱 " : "", button.text)))));
  }

  tap(button) {
    const send = (location) => this.try(() => ask("taps", { person: this.person.id, chat: this.chat.id, label: button.text, location }));
    if (!button.request_location) return send();
    return this.showPlaces((location) => send(location));
  }

  async toggleBlock() {
    const person = await this.try(() => ask("block", { person: this.person.id, blocked: !this.person.blocked }));
    if (person) this.describe(person);
  }

  // -- writing -------------------------------------------------------------------------------------

  key(event) {
    if (event.key === "Escape") { this.menu.hidden = true; this.leaveContext(); }
    // Enter that ends an input method's composition is not "send".
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.submit();
  }

  typed() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, 120)}px`;
    const word = this.input.value;
    if (/^\/[a-z0-9_]*$/i.test(word)) this.showCommands(word.slice(1));
    else this.menu.hidden = true;
  }

  async submit() {
    const text = this.input.value;
    if (!text.trim()) return;
    this.input.value = "";
    this.typed();
    const editing = this.editing;
    const sent = editing
      ? await this.try(() => ask("edits", { person: this.person.id, chat: this.chat.id, message_id: editing.message_id, text }))
      : await this.say(text);
    if (sent) this.leaveContext();
    else this.input.value = text;
  }

  say(text) {
    const reply = this.answering ? { reply_to: this.answering.message_id } : {};
    return this.try(() => ask("messages", { person: this.person.id, chat: this.chat.id, text, ...reply }));
  }

  send(content) {
    this.menu.hidden = true;
    return this.try(() => ask("messages", { person: this.person.id, chat: this.chat.id, ...content }));
  }

  replyTo(view) { this.enterContext("回复", view); this.answering = view; }

  startEdit(view) { this.enterContext("修改", view); this.editing = view; this.input.value = view.text; this.typed(); }

  enterContext(what, view) {
    this.leaveContext();
    this.context.hidden = false;
    this.context.replaceChildren(make("b", {}, what), make("span", {}, view.text || "（图片或文件）"),
      make("button", { type: "button", class: "plain", "aria-label": "算了", onclick: () => { this.input.value = ""; this.leaveContext(); } }, "✕"));
    this.input.focus();
  }

  leaveContext() { this.context.hidden = true; this.editing = this.answering = null; }

  // -- menus ---------------------------------------------------------------------------------------

  choices(items) {
    this.menu.replaceChildren(...items.map(([label, note, act]) => make("button", { type: "button", onclick: () => { this.menu.hidden = true; act(); } }, label, note && make("small", {}, note))));
    this.menu.hidden = !items.length;
  }

  async showCommands(prefix) {
    if (!prefix && !this.menu.hidden && !this.input.value) { this.menu.hidden = true; return; }
    const commands = await this.try(() => ask(`chats/${this.chat.id}/commands?person=${this.person.id}`)) || [];
    const fits = commands.filter((command) => command.command.startsWith(prefix));
    if (!commands.length && !prefix && !this.input.value) return void this.say_toast("机器人还没有设置命令菜单");
    this.choices(fits.map((command) => [`/${command.command}`, command.description, () => { this.input.value = ""; this.say(`/${command.command}`); }]));
  }

  showAttachments() {
    if (!this.menu.hidden) { this.menu.hidden = true; return; }
    this.choices([
      ["🖼 照片", "可附文字说明", () => this.pick("photo")],
      ["📄 文件", "", () => this.pick("document")],
      ["📍 位置", "", () => this.showPlaces((location) => this.send({ location }))],
      ["👤 名片", "自己的", () => this.send({ contact: { phone_number: "+8613900000000", first_name: this.person.first_name, last_name: this.person.last_name, user_id: this.person.id } })],
      ["🎤 语音", "3 秒", () => this.send({ voice: 3 })],
      ["👍 贴纸", "", () => this.send({ sticker: "👍" })],
    ]);
  }

  showPlaces(act) {
    this.choices(PLACES.map(([name, latitude, longitude]) => [`📍 ${name}`, `${latitude}，${longitude}`, () => act({ latitude, longitude })]));
  }

  pick(kind) {
    this.picker.accept = kind === "photo" ? "image/*" : "";
    this.picker.dataset.kind = kind;
    this.picker.click();
  }

  async sendFile(file = this.picker.files[0], kind = this.picker.dataset.kind || "photo") {
    if (!file) return;
    const form = new FormData();
    const caption = this.input.value.trim();
    for (const [name, value] of Object.entries({ person: this.person.id, chat: this.chat.id, kind, caption })) form.append(name, value);
    form.append("file", file, file.name || "photo.png");
    const sent = await this.try(() => ask("uploads", form));
    if (sent && caption) { this.input.value = ""; this.typed(); }
    this.picker.value = "";
  }

  pasted(event) {
    const file = [...event.clipboardData.files].find((item) => item.type.startsWith("image/"));
    if (!file) return;
    event.preventDefault();
    this.sendFile(file, "photo");
  }

  async try(act) {
    try { return await act(); } catch (error) { this.say_toast(error.message); return null; }
  }
}
