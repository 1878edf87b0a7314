//! How the program is linked: smaller, which its start feels (see `bench/README.md`).
#![expect(clippy::disallowed_methods, reason = "a build script asks the host it builds on")]

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let is_linux = variable("CARGO_CFG_TARGET_OS") == "linux" && variable("CARGO_CFG_TARGET_ENV") == "gnu";
    // Relocations in the packed form take a sixtieth of the room. The C library knows it since 2.36.
    if is_linux && variable("HOST") == variable("TARGET") && c_library() >= Some((2, 36)) {
        println!("cargo:rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
    if is_linux && variable("HOST") == variable("TARGET") {
        let out = variable("OUT_DIR");
        link_unwinder(Path::new(&out));
        order_functions(Path::new(&out));
        fold(Path::new(&out));
        if variable("PROFILE") == "release" {
            leave_out_unwinding(Path::new(&out));
        }
    }
}

/// Links the compiler's support library into the program where it can be had so: another shared library is another file to map and to
/// bind at each start. The standard library asks for the shared one by name, which leads to a script of the linker here.
fn link_unwinder(out: &Path) {
    if ["libgcc_eh.a", "libgcc.a"].into_iter().all(is_found_by_the_compiler) {
        let written = std::fs::write(out.join("libgcc_s.so"), "INPUT(-lgcc_eh -lgcc)\n");
        if written.is_ok() {
            println!("cargo:rustc-link-search=native={}", out.display());
        }
    }
}

/// Lets the functions that a start calls lie together, where the linker is one that can: a start then maps a fifth of the program.
/// `bench/order` writes the list anew. Names that are not in the program, as after a change of the compiler, are passed over.
fn order_functions(out: &Path) {
    println!("cargo:rerun-if-changed=start.order");
    let Ok(list) = Path::new("start.order").canonicalize() else { return };
    let options = format!("-Wl,--symbol-ordering-file={},--no-warn-symbol-ordering", list.display());
    if links(out, &options) {
        println!("cargo:rustc-link-arg-bins={options}");
    }
}

/// Lets functions and constants with the same content be one, where the linker can: nothing here tells functions apart by their address.
fn fold(out: &Path) {
    let options = "-Wl,--icf=all";
    if links(out, options) {
        println!("cargo:rustc-link-arg-bins={options}");
    }
}

/// Leaves the tables for unwinding out, a tenth of the program: a panic ends the run where it stands, and the names that a trace would show are
/// left out as well. The compiler's flag for it would not reach the standard library.
fn leave_out_unwinding(out: &Path) {
    let script = out.join("without-unwinding.ld");
    let text = "SECTIONS { /DISCARD/ : { *(.eh_frame) *(.eh_frame_hdr) *(.gcc_except_table .gcc_except_table.*) } } INSERT AFTER .text;\n";
    let options = format!("-Wl,-T,{}", script.display());
    if std::fs::write(&script, text).is_ok() && links(out, &options) {
        println!("cargo:rustc-link-arg-bins={options}");
    }
}

/// Whether the linker that the compiler will use knows these options.
fn links(out: &Path, options: &str) -> bool {
    let flags = std::env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    let source = out.join("probe.rs");
    let mut compiler = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    compiler.args(flags.split('\x1f').filter(|flag| !flag.is_empty()));
    if let Some(linker) = std::env::var_os("RUSTC_LINKER") {
        compiler.arg("-C").arg(format!("linker={}", linker.display()));
    }
    compiler.arg("-C").arg(format!("link-arg={options}")).arg("-o").arg(out.join("probe")).arg(&source);
    std::fs::write(&source, "fn main() {}\n").is_ok() && compiler.output().is_ok_and(|done| done.status.success())
}

/// `cc -print-file-name` gives the whole path of a library that it finds, and of another the name alone.
fn is_found_by_the_compiler(library: &str) -> bool {
    let told = Command::new("cc").arg(format!("-print-file-name={library}")).output();
    told.is_ok_and(|told| told.stdout.starts_with(b"/"))
}

/// The version of the host's GNU C library, as getconf(1) tells it: `glibc 2.36`.
fn c_library() -> Option<(u32, u32)> {
    let told = Command::new("getconf").arg("GNU_LIBC_VERSION").output().ok()?.stdout;
    let told = String::from_utf8(told).ok()?;
    let (major, minor) = told.trim().strip_prefix("glibc ")?.split_once('.')?;
    Some((major.parse().ok()?, minor.split('.').next()?.parse().ok()?))
}
