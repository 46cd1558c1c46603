//! Where values are read from.

use std::io::Write;

use super::read;
use crate::config::receivers::Given;

#[test]
fn a_file_is_read_without_the_end_of_its_line() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let given = Given::File(file.path().to_owned());
    assert!(
        read(&given)
            .unwrap_err()
            .to_string()
            .starts_with("nothing stands in file ")
    );
    file.write_all(b"whsec_abc\n").unwrap();
    assert_eq!(read(&given).unwrap(), "whsec_abc");
}

#[test]
fn what_is_not_there_is_named() {
    let missing = Given::File("/nowhere/at/all".into());
    let error = read(&missing).unwrap_err().to_string();
    assert_eq!(error, "cannot read the file /nowhere/at/all");
    let missing = Given::Variable("NO_SUCH_VARIABLE_HERE".to_owned());
    let error = read(&missing).unwrap_err().to_string();
    assert_eq!(
        error,
        "cannot read the environment variable NO_SUCH_VARIABLE_HERE"
    );
}
