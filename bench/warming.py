"""Servers made ready to be measured: warm, and known for how fast they roughly are."""

from __future__ import annotations

from dataclasses import replace
from time import sleep

from bench.calls import json_calls
from bench.figures import CPU_EVENT, EVENT_RATE, RATE
from bench.meters import CpuMeter
from bench.streams import burst, paced
from bench.targets import Speed, Target

SECONDS = 0.5
STREAMS, EVENTS = 16, 40
IDLE_SECONDS = 1.0


def warmed(target: Target) -> Target:
    """Caches filled, tokenizer loaded, code specialised."""
    speed = Speed()
    for usage in (True, False):
        calls = json_calls(target, at_once=8, seconds=SECONDS, usage=usage)
        speed = replace(speed, calls=calls[RATE])
    for _ in range(2):
        speed = replace(speed, burst=burst(replace(target, speed=speed))[EVENT_RATE])
    return replace(target, speed=speed)


def settled(target: Target) -> Target:
    """Warm, and with what it uses when idle."""
    ready = warmed(target)
    event = paced(ready, streams=STREAMS, events=EVENTS)[CPU_EVENT] / 1e6
    meter = CpuMeter(target.pid)
    sleep(IDLE_SECONDS)
    idle = meter.seconds() / IDLE_SECONDS
    return replace(ready, idle=idle, speed=replace(ready.speed, event=event))
