//! What scripts get of those who are logged in: `Login`.

use crate::needs::READ_FILE;
use crate::record::{Record, int, map, number, register as record};
use rex_runner_registrar_utils::{Example, Registrar};
use rhai::{Dynamic, Map};
use rust_safe_system_info::Login;

const WHO: &[Example] = &[Example {
    title: "Who is here, and from where",
    script: "who().all(|l| l.user != \"\" && l.pid > 0)",
    places: &["/run"],
    around: &[READ_FILE],
    ..Example::BASE
}];

impl Record for Login {
    fn map(&self) -> Map {
        map([
            ("user", self.user.clone().into()),
            ("terminal", self.terminal.clone().into()),
            ("host", self.host.clone().into()),
            ("pid", number(self.pid)),
            ("since", self.since.epoch_seconds().into()),
        ])
    }

    fn text(&self) -> String {
        self.to_string()
    }
}

pub(crate) fn register(r: &mut Registrar) {
    record::<Login>(r, "Login");
    getters! { r, Login, WHO,
        "user" "Who is logged in." |l| l.user.clone();
        "terminal" "The terminal, such as `pts/0`." |l| l.terminal.clone();
        "host" "From where, in words that whoever logs in may have chosen; empty for a login at the host itself." |l| l.host.clone();
        "pid" "The process of the login." |l| int(l.pid);
        "since" "The moment of the login; in a map, its seconds since 1970." |l| Dynamic::from(l.since);
    }
}
