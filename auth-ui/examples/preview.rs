//! Writes every page in every state to a folder, assets included, to be looked at in a browser.
//!
//! `cargo run -p auth-ui --example preview -- target/preview`, then serve that folder: the pages refer to
//! `/auth/assets/…`, which is inside it.

use std::path::PathBuf;
use std::{env, fs, io};

#[path = "preview/samples.rs"]
mod samples;

fn main() -> io::Result<()> {
    let folder = PathBuf::from(env::args().nth(1).unwrap_or_else(|| "target/preview".to_owned()));
    let assets = folder.join("auth/assets");
    fs::create_dir_all(&assets)?;
    for (name, html) in samples::all() {
        for file in referenced(&html) {
            let asset = auth_ui::asset(file).ok_or_else(|| io::Error::other(format!("no asset {file}")))?;
            fs::write(assets.join(file), asset.bytes)?;
        }
        fs::write(folder.join(name).with_extension("html"), html)?;
    }
    Ok(())
}

/// The names of the assets a page refers to.
fn referenced(html: &str) -> impl Iterator<Item = &str> {
    html.split("/auth/assets/").skip(1).filter_map(|rest| rest.split('"').next())
}
