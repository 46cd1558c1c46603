//! A text becomes a tree with places, or is refused with the place of what is wrong.

use crate::alerting::problem::Problems;
use crate::alerting::yaml::{Content, Node, read};

fn tree(text: &str) -> Result<Node, Vec<String>> {
    let mut problems = Problems::default();
    let root = read(text, &mut problems);
    let problems = problems.none_or(());
    match (root, problems) {
        (Some(root), Ok(())) => Ok(root),
        (_, Err(problems)) => Err(problems.iter().map(ToString::to_string).collect()),
        (None, Ok(())) => panic!("neither a tree nor a problem"),
    }
}

fn shown(node: &Node) -> String {
    let at = format!("@{}:{}", node.place.line, node.place.column);
    match &node.content {
        Content::Null => format!("null{at}"),
        Content::Scalar(scalar) => format!("{:?}{at}", scalar.text),
        Content::List(items) => {
            let items: Vec<String> = items.iter().map(shown).collect();
            format!("[{}]", items.join(" "))
        }
        Content::Map(entries) => {
            let entry = |(key, node): &(super::Key, Node)| format!("{}={}", key.text, shown(node));
            let entries: Vec<String> = entries.iter().map(entry).collect();
            format!("{{{}}}", entries.join(" "))
        }
    }
}

#[test]
fn values_keep_their_text_and_their_place() {
    let text = "a: [1.10, '2', off]\nb:\n  - c: \"x\\ty\"\n    d: ~\n  - {e: 50%}\n";
    assert_eq!(
        shown(&tree(text).unwrap()),
        "{a=[\"1.10\"@1:5 \"2\"@1:11 \"off\"@1:16] \
         b=[{c=\"x\\ty\"@3:8 d=null@4:8} {e=\"50%\"@5:9}]}"
    );
}

#[test]
fn marks_are_found_however_a_text_is_written() {
    let place = |text: &str, number: usize| {
        let root = tree(text).unwrap();
        let Content::Map(entries) = &root.content else {
            panic!("{root:?}");
        };
        let Content::Scalar(scalar) = &entries[entries.len() - 1].1.content else {
            panic!("{root:?}");
        };
        let place = scalar.place_of("{{", number, text).unwrap();
        (place.line, place.column)
    };
    assert_eq!(place("ä: 'é {{ $x }} {{ $y }}'", 1), (1, 16));
    assert_eq!(place("z: '{{'\na: |\n  one\n  two {{ $x }}\n", 0), (4, 7));
    assert_eq!(place("a: >-\n  {{ $x }}\n  and {{ $y }}\n", 1), (3, 7));
    assert_eq!(place("a: \"q \\\"{{ $x }}\\\"\n  {{ $y }}\"", 1), (2, 3));
}

#[test]
fn what_is_no_tree_is_refused_where_it_is() {
    let deep = "[".repeat(50);
    let wide: String = (0..1500).map(|key| format!("k{key}: 1\n")).collect();
    let large = format!("a: {}", "x".repeat(1 << 20));
    for (text, problem) in [
        ("", "1:1: the file is empty"),
        ("# only a comment\n", "1:1: the file is empty"),
        (
            "a: 1\na: 2\nb: 3\n",
            "2:1: `a` stands here twice: first in line 1",
        ),
        ("a: &x 1\nb: *x\n", "2:4: aliases"),
        ("a: !!str 1\n", "1:4: tags"),
        ("a: 1\n---\nb: 2\n", "2:1: a second document"),
        ("a: b: c\n", "1:5: this is no YAML: "),
        ("a: [1, 2\n", "2:1: this is no YAML: "),
        ("a: *\n", "1:4: this is no YAML: "),
        ("? [1]\n: 2\n", "1:5: a key must be a text, got a list"),
        (&deep, "1:13: nested more than 12 deep"),
        (&wide, "1001:1: a mapping with more than 1000 keys"),
        (&large, "1:1: the file has 1048579 bytes"),
    ] {
        let problems = tree(text).unwrap_err();
        assert!(problems[0].starts_with(problem), "{problem}\n{problems:?}");
    }
}

/// Texts that grow when they are read have no chance to.
#[test]
fn bombs_do_not_go_off() {
    let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (name, of) in [('b', 'a'), ('c', 'b'), ('d', 'c')] {
        let list = vec![format!("*{of}"); 9].join(", ");
        bomb.push_str(&format!("{name}: &{name} [{list}]\n"));
    }
    let problems = tree(&bomb).unwrap_err();
    assert!(problems[0].starts_with("2:8: aliases"), "{problems:?}");
}
