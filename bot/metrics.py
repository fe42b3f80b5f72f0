"""What is counted for `/metrics`, in the words of Prometheus (base units, `_total`, `_seconds`)."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()
FAST = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10)

RECEIVED = Counter(
    "houqin_updates_received", "Updates stored, by whether they were new.", ["new"], registry=REGISTRY
)
HANDLED = Counter("houqin_updates_handled", "Updates handled, by outcome.", ["outcome"], registry=REGISTRY)
HANDLE_SECONDS = Histogram(
    "houqin_handle_seconds", "From taking an update in hand to its commit.", buckets=FAST, registry=REGISTRY
)
UNDERSTAND_SECONDS = Histogram(
    "houqin_understand_seconds", "Understanding one message.", buckets=FAST, registry=REGISTRY
)
UNDERSTAND_FAILED = Counter(
    "houqin_understand_failed",
    "Messages that went on without understanding: not_ready, resting, down, slow, error, rubbish, broke.",
    ["why"],
    registry=REGISTRY,
)
CONFIDENCE = Histogram(
    "houqin_understand_confidence",
    "How sure the understanding was of a message, by intent.",
    ["intent"],
    buckets=(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.99, 1),
    registry=REGISTRY,
)
SENT = Counter(
    "houqin_sends", "Calls to Telegram, by outcome and purpose.", ["outcome", "purpose"], registry=REGISTRY
)
SEND_SECONDS = Histogram("houqin_send_seconds", "One call to Telegram.", buckets=FAST, registry=REGISTRY)
BACKLOG = Gauge("houqin_backlog", "Rows waiting, by queue.", ["queue"], registry=REGISTRY)
BACKLOG_AGE = Gauge(
    "houqin_backlog_age_seconds", "Age of the oldest waiting row, by queue.", ["queue"], registry=REGISTRY
)
REMINDERS_LATE = Gauge(
    "houqin_reminders_late", "Reminders that should have gone out a minute ago and wait.", registry=REGISTRY
)
REMINDER_LATENESS = Histogram(
    "houqin_reminder_lateness_seconds",
    "How long after its time a reminder went out.",
    buckets=(1, 2, 5, 10, 30, 60, 300, 1800, 7200),
    registry=REGISTRY,
)
TICKETS = Gauge("houqin_tickets", "Tickets, by kind and state.", ["kind", "state"], registry=REGISTRY)
RASA_READY = Gauge("houqin_rasa_ready", "1 while Rasa answers.", registry=REGISTRY)
DATABASE_TROUBLE = Counter(
    "houqin_database_trouble",
    "Transactions that failed for what is wrong below: raced, away, locked, full.",
    ["what"],
    registry=REGISTRY,
)
