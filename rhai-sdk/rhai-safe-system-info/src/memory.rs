//! What scripts get of memory and swap: `Meminfo`, `Swapinfo`, `SwapDevice`.

use crate::needs::told;
use crate::record::{Record, int, map, number, perhaps, register as record};
use rex_runner_registrar_utils::{Example, Function, Registrar};
use rhai::{Dynamic, Map};
use rust_safe_system_info::{Memory, Swap, SwapDevice};

const MEMORY: &[Example] = &[told(
    "What is not available is used",
    "let m = SystemInfo().memory_info(); m.used == m.total - m.available && m.free <= m.total",
)];
const DIRTY: &[Example] = &[told(
    "How much waits to be written, in percent",
    "let m = SystemInfo().memory_info(); let p = m.dirty * 100 / m.total; p >= 0 && p <= 100",
)];
const SWAP: &[Example] =
    &[told("What is not free is used", "let s = SystemInfo().swap_info(); s.used == s.total - s.free")];
const DEVICE: &[Example] = &[told(
    "No more is used than there is",
    "SystemInfo().swap_devices().all(|d| d.used <= d.size && d.path != \"\" && d.kind != \"\" && d.priority <= 32767)",
)];

static FIGURES: Function = Function {
    name: "figures",
    params: &["self"],
    doc: "All that the kernel tells about memory, by the names of `/proc/meminfo`: sizes in bytes, and counts of `HugePages_…`.",
    examples: &[told(
        "By the kernel's own names",
        "let m = SystemInfo().memory_info(); m.figures().MemTotal == m.total",
    )],
    ..Function::METHOD
};

impl Record for Memory {
    fn map(&self) -> Map {
        map([
            ("total", number(self.total)),
            ("free", number(self.free)),
            ("available", number(self.available)),
            ("used", number(self.used)),
            ("buffers", number(self.buffers)),
            ("cached", number(self.cached)),
            ("shared_mem", number(self.shared)),
        ])
    }

    fn text(&self) -> String {
        self.to_string()
    }
}

impl Record for Swap {
    fn map(&self) -> Map {
        map([("total", number(self.total)), ("free", number(self.free)), ("used", number(self.used))])
    }

    fn text(&self) -> String {
        self.to_string()
    }
}

impl Record for SwapDevice {
    fn map(&self) -> Map {
        map([
            ("path", self.path.clone().into()),
            ("kind", self.kind.clone().into()),
            ("size", number(self.size)),
            ("used", number(self.used)),
            ("priority", self.priority.into()),
        ])
    }

    fn text(&self) -> String {
        self.to_string()
    }
}

fn figure(memory: &Memory, name: &str) -> Dynamic {
    perhaps(memory.figure(name))
}

pub(crate) fn register(r: &mut Registrar) {
    record::<Memory>(r, "Meminfo");
    r.function(&FIGURES, |_| {
        |memory: &mut Memory| -> Map { memory.figures().map(|(name, value)| (name.into(), number(value))).collect() }
    });
    getters! { r, Memory, MEMORY,
        "total" "All memory that the kernel can use, in bytes." |m| int(m.total);
        "free" "Memory that is used for nothing at all, in bytes." |m| int(m.free);
        "available" "What programs could get without swapping, by the kernel's estimate, in bytes." |m| int(m.available);
        "used" "Memory that is not available, in bytes." |m| int(m.used);
        "buffers" "Buffers of block devices, in bytes." |m| int(m.buffers);
        "cached" "The page cache, in bytes." |m| int(m.cached);
        "shared_mem" "Shared memory and files of `tmpfs`, in bytes." |m| int(m.shared);
    }
    getters! { r, Memory, DIRTY,
        "dirty" "What waits to be written to disks, in bytes; `()` where the kernel does not tell it." |m| figure(m, "Dirty");
        "writeback" "What is being written to disks, in bytes, or `()`." |m| figure(m, "Writeback");
        "anonymous" "Memory of programs that no file holds, in bytes, or `()`." |m| figure(m, "AnonPages");
        "mapped" "Files that programs have mapped, in bytes, or `()`." |m| figure(m, "Mapped");
        "active" "What was used a short time ago, in bytes, or `()`." |m| figure(m, "Active");
        "inactive" "What was not used for some time, in bytes, or `()`." |m| figure(m, "Inactive");
        "unevictable" "What cannot be given up, in bytes, or `()`." |m| figure(m, "Unevictable");
        "slab" "What the kernel keeps its objects in, in bytes, or `()`." |m| figure(m, "Slab");
        "slab_reclaimable" "The part of `slab` that can be given up, in bytes, or `()`." |m| figure(m, "SReclaimable");
        "kernel_stack" "The stacks of threads in the kernel, in bytes, or `()`." |m| figure(m, "KernelStack");
        "page_tables" "The lowest level of page tables, in bytes, or `()`." |m| figure(m, "PageTables");
        "committed" "What was promised to programs, in bytes, or `()`." |m| figure(m, "Committed_AS");
        "commit_limit" "What can be promised where `vm.overcommit_memory` is 2, in bytes, or `()`." |m| figure(m, "CommitLimit");
        "swap_cached" "What is in memory and in swap, in bytes, or `()`." |m| figure(m, "SwapCached");
        "anonymous_huge_pages" "Memory of programs in transparent huge pages, in bytes, or `()`." |m| figure(m, "AnonHugePages");
        "huge_page_size" "The size of a huge page, in bytes, or `()`." |m| figure(m, "Hugepagesize");
        "huge_pages_total" "How many huge pages are set apart, or `()`." |m| figure(m, "HugePages_Total");
        "huge_pages_free" "How many of them are not used, or `()`." |m| figure(m, "HugePages_Free");
        "huge_pages_reserved" "How many of the free ones were promised, or `()`." |m| figure(m, "HugePages_Rsvd");
        "huge_pages_surplus" "How many there are beyond `vm.nr_hugepages`, or `()`." |m| figure(m, "HugePages_Surp");
    }
    record::<Swap>(r, "Swapinfo");
    getters! { r, Swap, SWAP,
        "total" "All swap, in bytes." |s| int(s.total);
        "free" "Swap that is not used, in bytes." |s| int(s.free);
        "used" "Swap that is used, in bytes." |s| int(s.used);
    }
    record::<SwapDevice>(r, "SwapDevice");
    getters! { r, SwapDevice, DEVICE,
        "path" "The path of the device or file." |d| d.path.clone();
        "kind" "What it is: `partition` or `file`." |d| d.kind.clone();
        "size" "Its size in bytes." |d| int(d.size);
        "used" "How much of it is used, in bytes." |d| int(d.used);
        "priority" "The greater, the sooner it is used." |d| d.priority;
    }
}
