//! What scripts get of the names of the system: `UnameInfo`.

use crate::needs::LIST;
use crate::record::{Record, map, register as record};
use rex_runner_registrar_utils::{Example, Registrar};
use rhai::Map;
use rust_safe_system_info::Names;

const NAMES: &[Example] = &[Example {
    title: "Which system",
    script: "let u = SystemInfo().uname_info(); u.kernel_name == \"Linux\" && u.machine == u.processor && u.nodename != \"\"",
    around: &[LIST],
    ..Example::BASE
}];

impl Record for Names {
    fn map(&self) -> Map {
        map([
            ("kernel_name", self.kernel_name.clone().into()),
            ("nodename", self.nodename.clone().into()),
            ("kernel_release", self.kernel_release.clone().into()),
            ("kernel_version", self.kernel_version.clone().into()),
            ("machine", self.machine.clone().into()),
            ("processor", self.machine.clone().into()),
            ("hardware_platform", self.machine.clone().into()),
            ("operating_system", Names::OPERATING_SYSTEM.into()),
        ])
    }

    fn text(&self) -> String {
        self.to_string()
    }
}

pub(crate) fn register(r: &mut Registrar) {
    record::<Names>(r, "UnameInfo");
    getters! { r, Names, NAMES,
        "kernel_name" "The name of the kernel, such as `Linux`." |n| n.kernel_name.clone();
        "nodename" "The name of the host." |n| n.nodename.clone();
        "kernel_release" "The release of the kernel." |n| n.kernel_release.clone();
        "kernel_version" "How and when the kernel was built." |n| n.kernel_version.clone();
        "machine" "The architecture." |n| n.machine.clone();
        "processor" "The architecture, again." |n| n.machine.clone();
        "hardware_platform" "The architecture, again." |n| n.machine.clone();
        "operating_system" "The operating system, always `GNU/Linux`." |_| Names::OPERATING_SYSTEM;
    }
}
