//! No two files of a crate name each other, directly or by way of others; only a module and what
//! lies within it may.

use std::collections::{BTreeMap, BTreeSet};

use super::{ARROWS, root, rust_files};

/// A module by its path within the crate.
type Module = Vec<String>;

/// Reads the sources of a crate as modules; what only tests use is left out.
fn read_modules(krate: &str) -> BTreeMap<Module, String> {
    let folder = root().join(krate).join("src");
    let mut files = Vec::new();
    rust_files(&folder, &mut files);
    let mut modules = BTreeMap::new();
    for path in files {
        let within = path.strip_prefix(&folder).unwrap().with_extension("");
        let within = within.iter().map(|name| name.to_str().unwrap().to_owned());
        let mut module: Module = within.collect();
        if module
            .iter()
            .any(|name| name == "tests" || name.starts_with("test_"))
        {
            continue;
        }
        if ["lib", "main", "under_fire"].contains(&module[0].as_str()) {
            module.clear();
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let code = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        modules.insert(module, code.collect::<Vec<_>>().join("\n"));
    }
    modules
}

/// Takes the path or the tree of paths that a text begins with, and gives what is behind it.
fn take_paths<'a>(text: &'a str, before: &[String], paths: &mut Vec<Module>) -> &'a str {
    let text = text.trim_start();
    if let Some(mut rest) = text.strip_prefix('{') {
        loop {
            rest = rest.trim_start_matches([',', ' ', '\n']);
            match rest.strip_prefix('}') {
                Some(behind) => return behind,
                None => rest = take_paths(rest, before, paths),
            }
        }
    }
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let end = text.find(|c: char| !is_name(c)).unwrap_or(text.len());
    let mut path = before.to_vec();
    path.push(text[..end].to_owned());
    if let Some(deeper) = text[end..].strip_prefix("::") {
        return take_paths(deeper, &path, paths);
    }
    paths.push(path);
    // Whatever else an element of a tree has, such as a star or another name.
    let next = text[end..]
        .find([',', '}', ';'])
        .map_or(text.len(), |at| end + at);
    &text[next..]
}

/// The paths in a text that begin in the crate or in the module above.
fn paths_in(text: &str) -> Vec<Module> {
    let mut paths = Vec::new();
    for start in ["crate::", "super::"] {
        for (at, _) in text.match_indices(start) {
            let before = text[..at].chars().next_back();
            if before.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != ':') {
                take_paths(&text[at..], &[], &mut paths);
            }
        }
    }
    paths
}

/// The module that a path in `from` leads to.
fn target(path: &[String], from: &Module, modules: &BTreeMap<Module, String>) -> Module {
    let mut path = path;
    let mut at = from.clone();
    if path[0] == "crate" {
        (at, path) = (Module::new(), &path[1..]);
    }
    while path.first().is_some_and(|segment| segment == "super") {
        at.pop();
        path = &path[1..];
    }
    for segment in path {
        let mut deeper = at.clone();
        deeper.push(segment.clone());
        if !modules.contains_key(&deeper) {
            break;
        }
        at = deeper;
    }
    at
}

/// Which modules each module names, but for what lies within each other.
fn arrows(modules: &BTreeMap<Module, String>) -> BTreeMap<Module, BTreeSet<Module>> {
    let named = |from: &Module, text: &str| {
        let targets = paths_in(text)
            .into_iter()
            .map(|path| target(&path, from, modules));
        targets
            .filter(|to| !from.starts_with(to) && !to.starts_with(from))
            .collect()
    };
    let arrows = modules
        .iter()
        .map(|(from, text)| (from.clone(), named(from, text)));
    arrows.collect()
}

/// The modules that are left when those that name nobody, or that nobody names, are taken away again
/// and again.
fn in_circles(mut arrows: BTreeMap<Module, BTreeSet<Module>>) -> Vec<String> {
    loop {
        let count = arrows.len();
        let left: BTreeSet<Module> = arrows.keys().cloned().collect();
        let named: BTreeSet<Module> = arrows.values().flatten().cloned().collect();
        arrows.retain(|module, names| named.contains(module) && !names.is_disjoint(&left));
        if arrows.len() == count {
            return arrows.keys().map(|module| module.join("::")).collect();
        }
    }
}

#[test]
fn no_two_files_name_each_other() {
    for (krate, _) in ARROWS {
        let modules = read_modules(krate);
        assert!(modules.len() > 10, "the search looks in the wrong place");
        let found = in_circles(arrows(&modules));
        assert!(
            found.is_empty(),
            "{krate}: these name each other, or stand between such: {found:?}"
        );
    }
}

#[test]
fn a_circle_is_found_through_trees_of_paths_and_plain_ones() {
    let texts = [
        ("a", "use crate::{b::{self, Thing}, c as other};"),
        ("b", "fn f() { super::d::g() }"),
        ("d", "use std::fmt;\nuse crate::a::Name;"),
        ("c", "use crate::e;"),
        ("e", ""),
    ];
    let modules = texts.map(|(name, text)| (vec![name.to_owned()], text.to_owned()));
    let mut modules = BTreeMap::from(modules);
    assert_eq!(in_circles(arrows(&modules)), ["a", "b", "d"]);
    modules.insert(vec!["d".to_owned()], "use crate::d::inner;".to_owned());
    modules.insert(
        vec!["d".to_owned(), "inner".to_owned()],
        "use super::Name;".to_owned(),
    );
    assert!(in_circles(arrows(&modules)).is_empty());
}
