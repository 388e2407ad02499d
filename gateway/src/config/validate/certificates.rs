//! `[tls]`: certificate files that can be read and belong together.

use std::{fs, path::Path};

use rustls::{
    crypto::ring::sign::any_supported_type,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    sign::CertifiedKey,
};

use super::{
    super::{Key, load::file::reason},
    Report,
};

pub(super) fn check(report: &mut Report<'_>) {
    for (i, certificate) in report.config().tls.certificates.iter().enumerate() {
        let key = Key::from("tls.certificates").at(i);
        let chain = read(report, &key.name("cert"), &certificate.cert).and_then(|pem| {
            let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
            let chain = chain.ok().filter(|chain| !chain.is_empty());
            found(report, &key.name("cert"), chain, "holds no certificate in PEM form")
        });
        let private = read(report, &key.name("key"), &certificate.key).and_then(|pem| {
            let private = PrivateKeyDer::from_pem_slice(&pem).ok().and_then(|der| any_supported_type(&der).ok());
            found(report, &key.name("key"), private, "holds no private key in PEM form that can be used")
        });
        let (Some(chain), Some(private)) = (chain, private) else { continue };
        if let Err(rustls::Error::InconsistentKeys(_)) = CertifiedKey::new(chain, private).keys_match() {
            report.say(key.name("key"), format!("is not the key of the certificate in {}", certificate.cert.display()));
        }
    }
}

fn read(report: &mut Report<'_>, key: &Key, path: &Path) -> Option<Vec<u8>> {
    if path.as_os_str().is_empty() {
        report.say(key, "is missing; a certificate needs both `cert` and `key`, each the path of a PEM file");
        return None;
    }
    let read = fs::read(path);
    read.map_err(|error| report.say(key, format!("{} can not be read: {}", path.display(), reason(&error)))).ok()
}

fn found<T>(report: &mut Report<'_>, key: &Key, value: Option<T>, otherwise: &str) -> Option<T> {
    if value.is_none() {
        report.say(key, otherwise);
    }
    value
}
