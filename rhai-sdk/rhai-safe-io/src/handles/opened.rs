//! What the examples of handles begin with: a directory `d`, and in it a file `f`.

/// The script `$test` with `d`, the example's folder.
macro_rules! with_dir {
    ($test:literal) => {
        concat!("let d = DirConfig().path(dir).build().open(OpenDirOptions().build()); ", $test)
    };
}

/// The script `$test` with `d`, and `f`, the file `a.txt` in it, opened for reading and writing.
macro_rules! with_file {
    ($test:literal) => {
        concat!(
            "let d = DirConfig().path(dir).build().open(OpenDirOptions().build()); ",
            "let f = d.open_file(\"a.txt\", OpenFileOptions().read(true).write(true).build()); ",
            $test
        )
    };
}
