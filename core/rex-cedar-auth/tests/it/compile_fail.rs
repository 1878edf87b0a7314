//! What must not compile does not. `TRYBUILD=overwrite` writes the messages anew.

#[test]
fn misuse_does_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}
