//! What scripts get of load and pressure: `LoadAverage`, `Pressure`, `Stall`.

use crate::needs::told;
use crate::record::{Record, int, map, number, register as record};
use rex_runner_registrar_utils::{Example, Registrar};
use rhai::{Dynamic, Map};
use rust_safe_system_info::{LoadAverage, Pressure, Stall};

const LOAD: &[Example] = &[told(
    "Is it getting less?",
    "let l = loadavg(); l.one >= 0.0 && l.five >= 0.0 && l.fifteen >= 0.0 && l.running <= l.total",
)];
const PRESSURE: &[Example] = &[told(
    "Time lost in waiting for memory",
    "let p = pressure(\"memory\").some; p.avg10 <= 100.0 && p.total_us >= 0",
)];

impl Record for LoadAverage {
    fn map(&self) -> Map {
        map([
            ("one", self.one.into()),
            ("five", self.five.into()),
            ("fifteen", self.fifteen.into()),
            ("running", number(self.running)),
            ("total", number(self.total)),
        ])
    }

    fn text(&self) -> String {
        self.to_string()
    }
}

impl Record for Pressure {
    fn map(&self) -> Map {
        let full = self.full.map_or(Dynamic::UNIT, |full| full.map().into());
        map([("some", self.some.map().into()), ("full", full)])
    }

    fn text(&self) -> String {
        self.to_string()
    }
}

impl Record for Stall {
    fn map(&self) -> Map {
        map([
            ("avg10", self.avg10.into()),
            ("avg60", self.avg60.into()),
            ("avg300", self.avg300.into()),
            ("total_us", number(self.total_us)),
        ])
    }

    fn text(&self) -> String {
        self.to_string()
    }
}

pub(crate) fn register(r: &mut Registrar) {
    record::<LoadAverage>(r, "LoadAverage");
    getters! { r, LoadAverage, LOAD,
        "one" "How many threads ran or waited, on the average of the last minute." |l| l.one;
        "five" "How many threads ran or waited, on the average of the last five minutes." |l| l.five;
        "fifteen" "How many threads ran or waited, on the average of the last fifteen minutes." |l| l.fifteen;
        "running" "How many threads run or wait for a processor now." |l| int(l.running);
        "total" "How many threads there are." |l| int(l.total);
    }
    record::<Pressure>(r, "Pressure");
    getters! { r, Pressure, PRESSURE,
        "some" "The time in which at least one task waited." |p| p.some;
        "full" "The time in which all that had something to do waited; `()` where the kernel does not tell it."
            |p| p.full.map_or(Dynamic::UNIT, Dynamic::from);
    }
    record::<Stall>(r, "Stall");
    getters! { r, Stall, PRESSURE,
        "avg10" "Percent of the last ten seconds." |s| s.avg10;
        "avg60" "Percent of the last minute." |s| s.avg60;
        "avg300" "Percent of the last five minutes." |s| s.avg300;
        "total_us" "Microseconds since the start of the system." |s| int(s.total_us);
    }
}
