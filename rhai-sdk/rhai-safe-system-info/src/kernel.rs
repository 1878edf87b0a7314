//! What scripts get of processors and of what the kernel counts: `KernelStats`, `CpuTime`, `CpuInfo`, `Interrupt`.

use crate::needs::{READ_FILE, told};
use crate::record::{Record, array, int, map, maps, number, perhaps, register as record};
use rex_runner_registrar_utils::{Example, Function, Registrar};
use rhai::{Array, Dynamic, Map};
use rust_safe_system_info::{Cpu, CpuState, CpuTime, Interrupt, KernelStats};

const STATS: &[Example] = &[told(
    "Since when the system runs",
    "let s = SystemInfo().kernel_stats(); s.boot_time > 1000000000 && s.procs_running >= 1 && s.cpu_time.len() >= 1",
)];
const TIME: &[Example] = &[told(
    "Programs and nothing are most of it",
    "let t = SystemInfo().kernel_stats().total_cpu_time; t.user_ticks + t.idle_ticks > 0 && t.idle_ms >= t.idle_ticks",
)];
const CPU: &[Example] = &[told("Numbers of processors", "SystemInfo().cpu_info()[0].number == 0")];
const INTERRUPT: &[Example] = &[told(
    "Which interrupt comes most often",
    "let all = SystemInfo().interrupts(); all.sort(|a, b| b.total - a.total); all.len() == 0 || all[0].total >= all[-1].total",
)];

static BUSY: Function = Function {
    name: "busy_percent_since",
    params: &["self", "earlier"],
    doc: "The share of the time since `earlier` in which it did something, from 0.0 to 100.0; `()` where no time passed. Time in which something waits for a \
          device is not busy.",
    examples: &[Example {
        around: &[READ_FILE],
        ..told(
            "Of each processor, since the start of the system and since now",
            "let t = SystemInfo().kernel_stats().total_cpu_time; t.busy_percent_since(t) == ()",
        )
    }],
    ..Function::METHOD
};

/// The states of a processor by the names that scripts know them by.
const STATES: [(&str, CpuState); 10] = [
    ("user", CpuState::User),
    ("nice", CpuState::Nice),
    ("system", CpuState::System),
    ("idle", CpuState::Idle),
    ("iowait", CpuState::IoWait),
    ("irq", CpuState::Irq),
    ("softirq", CpuState::SoftIrq),
    ("stolen", CpuState::Stolen),
    ("guest", CpuState::Guest),
    ("guest_nice", CpuState::GuestNice),
];

impl Record for CpuTime {
    fn map(&self) -> Map {
        let members = STATES.into_iter().flat_map(|(name, state)| {
            [
                (format!("{name}_ticks").into(), number(self.ticks(state))),
                (format!("{name}_ms").into(), number(self.milliseconds(state))),
            ]
        });
        members.collect()
    }
}

impl Record for KernelStats {
    fn map(&self) -> Map {
        map([
            ("total_cpu_time", self.total.map().into()),
            ("cpu_time", maps(&self.cpus)),
            ("procs_running", number(self.procs_running)),
            ("procs_blocked", number(self.procs_blocked)),
            ("context_switches", number(self.context_switches)),
            ("boot_time", number(self.boot_time)),
            ("forks", number(self.forks)),
        ])
    }
}

impl Record for Cpu {
    fn map(&self) -> Map {
        map([
            ("number", number(self.number)),
            ("model", self.model.clone().into()),
            ("mhz", self.mhz.map_or(Dynamic::UNIT, Dynamic::from)),
            ("socket", perhaps(self.socket)),
            ("core", perhaps(self.core)),
            ("flags", array(self.flags.iter().cloned()).into()),
        ])
    }

    fn text(&self) -> String {
        self.to_string()
    }
}

impl Record for Interrupt {
    fn map(&self) -> Map {
        map([
            ("name", self.name.clone().into()),
            ("total", number(self.total())),
            ("per_cpu", counts(self).into()),
            ("description", self.description.clone().into()),
        ])
    }

    fn text(&self) -> String {
        self.to_string()
    }
}

fn counts(interrupt: &Interrupt) -> Array {
    interrupt.per_cpu.iter().map(|count| number(*count)).collect()
}

pub(crate) fn register(r: &mut Registrar) {
    record::<KernelStats>(r, "KernelStats");
    getters! { r, KernelStats, STATS,
        "total_cpu_time" "What all processors together did." |s| s.total;
        "cpu_time" "What each processor that runs did." |s| array(s.cpus.iter().copied());
        "procs_running" "How many threads run or wait for a processor." |s| int(s.procs_running);
        "procs_blocked" "How many threads wait for a device." |s| int(s.procs_blocked);
        "context_switches" "How often a processor went over to another thread." |s| int(s.context_switches);
        "boot_time" "When the system started, in seconds since 1970." |s| int(s.boot_time);
        "forks" "How many processes and threads were made." |s| int(s.forks);
        "interrupts" "How many interrupts there were." |s| int(s.interrupts);
        "softirqs" "How often work that interrupts put off was done." |s| int(s.softirqs);
    }
    register_times(r);
    record::<Cpu>(r, "CpuInfo");
    getters! { r, Cpu, CPU,
        "number" "The number of the processor." |c| int(c.number);
        "model" "Its maker's name for it; empty where nothing tells it." |c| c.model.clone();
        "mhz" "Its frequency now, in megahertz, or `()`." |c| c.mhz.map_or(Dynamic::UNIT, Dynamic::from);
        "socket" "The number of its socket, or `()`." |c| perhaps(c.socket);
        "core" "The number of its core in the socket, or `()`." |c| perhaps(c.core);
        "flags" "What it can do, by the kernel's words." |c| array(c.flags.iter().cloned());
    }
    record::<Interrupt>(r, "Interrupt");
    getters! { r, Interrupt, INTERRUPT,
        "name" "The number of the interrupt, or the kernel's word for it, such as `NMI`." |i| i.name.clone();
        "total" "How often all processors were interrupted by it." |i| int(i.total());
        "per_cpu" "How often each processor that runs was interrupted by it." counts;
        "description" "The controller and the devices, or the kernel's words for it." |i| i.description.clone();
    }
}

fn register_times(r: &mut Registrar) {
    record::<CpuTime>(r, "CpuTime");
    r.function(&BUSY, |_| {
        |time: &mut CpuTime, earlier: CpuTime| time.busy_percent_since(&earlier).map_or(Dynamic::UNIT, Dynamic::from)
    });
    getters! { r, CpuTime, TIME,
        "cpu" "The number of the processor; `()` for all together." |t| perhaps(t.cpu);
        "user_ticks" "The time of programs, in ticks." |t| int(t.ticks(CpuState::User));
        "nice_ticks" "The time of programs of low priority, in ticks." |t| int(t.ticks(CpuState::Nice));
        "system_ticks" "The time of the kernel, in ticks." |t| int(t.ticks(CpuState::System));
        "idle_ticks" "The time of nothing, in ticks." |t| int(t.ticks(CpuState::Idle));
        "iowait_ticks" "The time in which something waited for a device, in ticks." |t| int(t.ticks(CpuState::IoWait));
        "irq_ticks" "The time of interrupts, in ticks." |t| int(t.ticks(CpuState::Irq));
        "softirq_ticks" "The time of what interrupts put off, in ticks." |t| int(t.ticks(CpuState::SoftIrq));
        "stolen_ticks" "The time that other machines of the same host got, in ticks." |t| int(t.ticks(CpuState::Stolen));
        "guest_ticks" "The time of a guest, in ticks; it is part of the time of programs." |t| int(t.ticks(CpuState::Guest));
        "guest_nice_ticks" "The time of a guest of low priority, in ticks." |t| int(t.ticks(CpuState::GuestNice));
        "user_ms" "The time of programs, in milliseconds." |t| int(t.milliseconds(CpuState::User));
        "nice_ms" "The time of programs of low priority, in milliseconds." |t| int(t.milliseconds(CpuState::Nice));
        "system_ms" "The time of the kernel, in milliseconds." |t| int(t.milliseconds(CpuState::System));
        "idle_ms" "The time of nothing, in milliseconds." |t| int(t.milliseconds(CpuState::Idle));
        "iowait_ms" "The time in which something waited for a device, in milliseconds." |t| int(t.milliseconds(CpuState::IoWait));
        "irq_ms" "The time of interrupts, in milliseconds." |t| int(t.milliseconds(CpuState::Irq));
        "softirq_ms" "The time of what interrupts put off, in milliseconds." |t| int(t.milliseconds(CpuState::SoftIrq));
        "stolen_ms" "The time that other machines of the same host got, in milliseconds." |t| int(t.milliseconds(CpuState::Stolen));
        "guest_ms" "The time of a guest, in milliseconds; it is part of the time of programs." |t| int(t.milliseconds(CpuState::Guest));
        "guest_nice_ms" "The time of a guest of low priority, in milliseconds." |t| int(t.milliseconds(CpuState::GuestNice));
    }
}
