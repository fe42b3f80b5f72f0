// The page: who is on it, and the stream of changes that keeps every phone true.

import { Phone } from "/phone.js";
import { ask, hue, make } from "/text.js";

const phones = new Map();
const unread = new Set(); // people the bot wrote to while their phone was put away
let people = [];
let chats = [];
const $ = (id) => document.getElementById(id);

// -- the roster --------------------------------------------------------------------------------------

async function loadRoster() {
  [people, chats] = await Promise.all([ask("people"), ask("chats")]);
  for (const [id, phone] of phones) {
    const person = people.find((candidate) => candidate.id === id);
    if (person) phone.describe(person);
    else closePhone(id);
  }
  if (!phones.size) await Promise.all(firstChoice().map((id) => openPhone(id, { quiet: true })));
  drawTabs();
  if ($("roster").open) drawRoster();
}

// Those named in the address; else those of last time; else one of each kind.
function firstChoice() {
  const known = new Set(people.map((person) => person.id));
  const named = new URLSearchParams(location.search).get("phones") ?? localStorage.getItem("phones") ?? "";
  const wanted = named.split(",").map(Number).filter((id) => known.has(id));
  if (wanted.length) return wanted;
  const one = new Map();
  for (const person of people) if (!one.has(person.label)) one.set(person.label, person.id);
  return [...one.values()].slice(0, window.innerWidth < 720 ? 2 : 4);
}

async function openPhone(id, { quiet = false } = {}) {
  unread.delete(id);
  if (!phones.has(id)) {
    const person = people.find((candidate) => candidate.id === id);
    if (!person) return;
    const phone = new Phone(person, { onClose: () => { closePhone(id); remember(); } });
    phones.set(id, phone);
    $("phones").append(phone.root);
    await phone.load(chats);
  }
  if (quiet) return;
  remember();
  phones.get(id).root.scrollIntoView({ behavior: "smooth", inline: "center", block: "nearest" });
  phones.get(id).input.focus({ preventScroll: true });
}

function closePhone(id) {
  phones.get(id)?.root.remove();
  phones.delete(id);
}

function remember() {
  const ids = [...phones.keys()].join(",");
  localStorage.setItem("phones", ids);
  const address = new URL(location.href);
  address.searchParams.set("phones", ids);
  history.replaceState(null, "", address.href.replaceAll("%2C", ","));
  drawTabs();
}

function drawTabs() {
  $("empty").hidden = people.length > 0;
  $("tabs").replaceChildren(...[...phones.values()].map(({ person }) => {
    const dot = make("i", {});
    dot.style.setProperty("--hue", hue(person.id));
    return make("button", { type: "button", onclick: () => openPhone(person.id) }, dot, person.name);
  }), ...people.filter((person) => unread.has(person.id)).map((person) => make("button", {
    type: "button", class: "unread", title: "打开这部手机", onclick: () => openPhone(person.id),
  }, `${person.name} 有新消息`)));
}

function drawRoster() {
  const word = $("filter").value.trim();
  const groups = new Map();
  for (const person of people) {
    if (word && !`${person.name}${person.label}`.includes(word)) continue;
    if (!groups.has(person.label)) groups.set(person.label, []);
    groups.get(person.label).push(person);
  }
  $("roster-list").replaceChildren(...[...groups].map(([label, members]) => make("section", {}, make("h2", {}, label || "其他"),
    ...members.slice(0, 60).map((person) => make("button", {
      type: "button", class: phones.has(person.id) ? "person on" : "person", "data-person": person.id,
      onclick: () => { $("roster").close(); openPhone(person.id); },
    }, person.name)))));
}

// -- the bot's requests ------------------------------------------------------------------------------

const VERDICTS = { valid: "合规", refused: "被拒", invalid: "不合规" };

async function drawJournal() {
  const entries = (await ask("requests")).slice(-150).reverse();
  const broken = entries.filter((entry) => entry.verdict === "invalid").length;
  $("journal-sum").textContent = `最近 ${entries.length} 条，不合规 ${broken} 条`;
  $("journal-list").replaceChildren(...entries.map((entry) => make("details", { class: `request ${entry.verdict}` },
    make("summary", {}, make("b", {}, VERDICTS[entry.verdict]), make("code", {}, entry.method), make("span", {}, entry.why || entry.warnings.join("，")), make("small", {}, `${entry.ms ?? "…"} 毫秒`)),
    make("pre", {}, JSON.stringify(entry.params, null, 2)))));
}

let healthTimer = 0;
function healthSoon() {
  healthTimer ||= setTimeout(async () => {
    healthTimer = 0;
    const status = await ask("status").catch(() => null);
    const way = status?.webhook ? "Webhook" : "轮询";
    $("health").className = `health ${status?.connected ? "good" : "bad"}`;
    $("health").lastElementChild.textContent = !status ? "沙盒没有答复" : !status.connected ? "机器人未连接"
      : `机器人在线 · ${way}${status.pending_updates ? ` · 待取 ${status.pending_updates}` : ""}`;
    if (status) $("bot-name").textContent = status.bot.first_name;
  }, 400);
}

// -- changes -----------------------------------------------------------------------------------------

function listen() {
  const stream = new EventSource("/sandbox/events");
  stream.onmessage = ({ data }) => handle(JSON.parse(data));
  stream.onerror = () => healthSoon();
}

async function handle(event) {
  healthSoon();
  switch (event.type) {
    case "hello":
      await loadRoster();
      await Promise.all([...phones.values()].map((phone) => phone.load(chats)));
      document.body.dataset.ready = "1";
      break;
    case "people": case "chat": loadRosterSoon(); break;
    case "message":
      phones.forEach((phone) => phone.receive(event));
      if (event.message?.from_bot && event.chat > 0 && !phones.has(event.chat) && !unread.has(event.chat)) {
        unread.add(event.chat);
        drawTabs();
      }
      break;
    case "action": phones.forEach((phone) => phone.chat.id === event.chat && phone.typing(event.action)); break;
    case "answer": phones.get(event.person)?.answered(event); break;
  }
}

let rosterTimer = 0;
function loadRosterSoon() {
  rosterTimer ||= setTimeout(async () => {
    rosterTimer = 0;
    const before = chats.length;
    await loadRoster();
    if (chats.length !== before) phones.forEach((phone) => phone.load(chats));
  }, 150);
}

$("add").addEventListener("click", () => { $("filter").value = ""; drawRoster(); $("roster").showModal(); });
$("filter").addEventListener("input", drawRoster);
$("health").addEventListener("click", async () => { await drawJournal(); $("journal").showModal(); });
for (const dialog of document.querySelectorAll("dialog")) {
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
}
setInterval(healthSoon, 5000);
listen();
