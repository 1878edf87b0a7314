//! What scripts get of the kernel's own objects: `SlabInfo`, `SlabEntry`, `SlabSummary`.

use crate::needs::{OPEN_DIR, OPEN_FILE, READ_FILE, told};
use crate::record::{Record, array, int, map, maps, number, register as record};
use rex_runner_registrar_utils::{Example, Registrar};
use rhai::Map;
use rust_safe_system_info::{SlabCache, SlabSummary, Slabs};

const INFO: &[Example] = &[Example {
    around: &[OPEN_DIR, OPEN_FILE, READ_FILE],
    ..told(
        "The largest cache comes first",
        "let s = SystemInfo().slab_info(); s.slabs[0].objs >= s.slabs[-1].objs && s.summary.total_caches == s.slabs.len()",
    )
}];

impl Record for Slabs {
    fn map(&self) -> Map {
        map([("slabs", maps(&self.caches)), ("summary", self.summary.map().into())])
    }

    fn text(&self) -> String {
        self.summary.to_string()
    }
}

impl Record for SlabCache {
    fn map(&self) -> Map {
        map([
            ("name", self.name.clone().into()),
            ("objs", number(self.objects)),
            ("active", number(self.active)),
            ("obj_size_bytes", number(self.object_size)),
            ("slabs", number(self.slabs)),
            ("obj_per_slab", number(self.objects_per_slab)),
            ("pages_per_slab", number(self.pages_per_slab)),
        ])
    }
}

impl Record for SlabSummary {
    fn map(&self) -> Map {
        map([
            ("active_objects", number(self.active_objects)),
            ("total_objects", number(self.total_objects)),
            ("objects_usage_percent", self.objects_usage_percent().into()),
            ("active_slabs", number(self.active_slabs)),
            ("total_slabs", number(self.total_slabs)),
            ("slabs_usage_percent", self.slabs_usage_percent().into()),
            ("active_caches", number(self.active_caches)),
            ("total_caches", number(self.total_caches)),
            ("caches_usage_percent", self.caches_usage_percent().into()),
            ("active_size_kb", self.active_size_kib().into()),
            ("total_size_kb", self.total_size_kib().into()),
            ("size_usage_percent", self.size_usage_percent().into()),
            ("min_obj_size_kb", self.least_size_kib().into()),
            ("avg_obj_size_kb", self.mean_size_kib().into()),
            ("max_obj_size_kb", self.greatest_size_kib().into()),
        ])
    }

    fn text(&self) -> String {
        self.to_string()
    }
}

pub(crate) fn register(r: &mut Registrar) {
    record::<Slabs>(r, "SlabInfo");
    getters! { r, Slabs, INFO,
        "slabs" "The caches, the one with the most objects first." |s| array(s.caches.iter().cloned());
        "summary" "The sums over all caches." |s| s.summary;
    }
    record::<SlabCache>(r, "SlabEntry");
    getters! { r, SlabCache, INFO,
        "name" "The name of the cache." |c| c.name.clone();
        "objs" "How many objects it has room for." |c| int(c.objects);
        "active" "How many of them are used." |c| int(c.active);
        "slabs" "How many slabs have an object that is used." |c| int(c.slabs);
        "obj_per_slab" "How many objects are in a slab." |c| int(c.objects_per_slab);
        "pages_per_slab" "How many pages a slab has." |c| int(c.pages_per_slab);
        "obj_size_bytes" "The size of an object in bytes." |c| int(c.object_size);
        "use_percent" "The objects that are used, in whole percent of all." |c| int(c.use_percent());
        "cache_size_kb" "The size of the slabs that are used, in KiB." |c| int(c.cache_size_kib());
        "obj_size_kb" "The size of an object in KiB." SlabCache::object_size_kib;
        "active_size_kb" "The part of `cache_size_kb` that objects use." SlabCache::active_size_kib;
    }
    record::<SlabSummary>(r, "SlabSummary");
    getters! { r, SlabSummary, INFO,
        "active_objects" "How many objects are used." |s| int(s.active_objects);
        "total_objects" "How many objects there is room for." |s| int(s.total_objects);
        "active_slabs" "How many slabs are used." |s| int(s.active_slabs);
        "total_slabs" "How many slabs there are." |s| int(s.total_slabs);
        "active_caches" "How many caches have an object that is used." |s| int(s.active_caches);
        "total_caches" "How many caches there are." |s| int(s.total_caches);
        "objects_usage_percent" "Objects that are used, in percent." SlabSummary::objects_usage_percent;
        "slabs_usage_percent" "Slabs that are used, in percent." SlabSummary::slabs_usage_percent;
        "caches_usage_percent" "Caches that are used, in percent." SlabSummary::caches_usage_percent;
        "size_usage_percent" "The size of objects that are used, in percent of all." SlabSummary::size_usage_percent;
        "active_size_kb" "The size of objects that are used, in KiB." SlabSummary::active_size_kib;
        "total_size_kb" "The size of all objects, in KiB." SlabSummary::total_size_kib;
        "min_obj_size_kb" "The size of the smallest objects, in KiB." SlabSummary::least_size_kib;
        "avg_obj_size_kb" "The mean size of objects, in KiB." SlabSummary::mean_size_kib;
        "max_obj_size_kb" "The size of the largest objects, in KiB." SlabSummary::greatest_size_kib;
    }
}
