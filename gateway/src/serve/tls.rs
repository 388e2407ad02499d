//! Certificates of the TLS listener: chosen by SNI, read again when the files change.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};

use anyhow::{Context, bail};
use arc_swap::ArcSwap;
use rustls::{
    ServerConfig,
    client::verify_server_name,
    crypto::ring::sign::any_supported_type,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
    server::{ClientHello, ParsedCertificate, ResolvesServerCert},
    sign::CertifiedKey,
};
use tokio_rustls::TlsAcceptor;

use crate::config::{Certificate, Config};

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// The acceptor of TLS connections; `None` when there are no certificates.
///
/// # Errors
/// When a certificate or key can't be read or they don't fit.
pub(super) fn acceptor(config: &Config) -> anyhow::Result<Option<TlsAcceptor>> {
    let files = config.tls.certificates.clone();
    if files.is_empty() {
        return Ok(None);
    }
    let current = Arc::new(Current(ArcSwap::from_pointee(read(&files)?)));
    tokio::spawn(reload(Arc::downgrade(&current), files));
    let mut tls = ServerConfig::builder().with_no_client_auth().with_cert_resolver(current);
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Some(TlsAcceptor::from(Arc::new(tls))))
}

/// The certificates as they were last read; the first is the default.
#[derive(Debug)]
struct Current(ArcSwap<Vec<Arc<CertifiedKey>>>);

impl ResolvesServerCert for Current {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let keys = self.0.load();
        let name = hello.server_name().and_then(|name| ServerName::try_from(name).ok());
        let named = name.and_then(|name| keys.iter().find(|key| is_for(key, &name)));
        named.or_else(|| keys.first()).cloned()
    }
}

fn is_for(key: &CertifiedKey, name: &ServerName<'_>) -> bool {
    let leaf = key.end_entity_cert().and_then(ParsedCertificate::try_from);
    leaf.is_ok_and(|leaf| verify_server_name(&leaf, name).is_ok())
}

fn read(files: &[Certificate]) -> anyhow::Result<Vec<Arc<CertifiedKey>>> {
    files.iter().map(read_one).collect()
}

fn read_one(files: &Certificate) -> anyhow::Result<Arc<CertifiedKey>> {
    let (cert, key) = (files.cert.display(), files.key.display());
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(&files.cert)
        .and_then(Iterator::collect)
        .with_context(|| format!("tls.certificates: {cert} can't be read as PEM certificates"))?;
    if chain.is_empty() {
        bail!("tls.certificates: {cert} holds no certificate");
    }
    let private = PrivateKeyDer::from_pem_file(&files.key)
        .with_context(|| format!("tls.certificates: {key} can't be read as a PEM private key"))?;
    let signer =
        any_supported_type(&private).with_context(|| format!("tls.certificates: the key in {key} is not supported"))?;
    let pair = CertifiedKey::new(chain, signer);
    if let Err(rustls::Error::InconsistentKeys(_)) = pair.keys_match() {
        bail!("tls.certificates: the key in {key} does not belong to the certificate in {cert}");
    }
    Ok(Arc::new(pair))
}

/// Reads the files again when they change; what can't be read leaves the old ones in place.
async fn reload(current: std::sync::Weak<Current>, files: Vec<Certificate>) {
    let mut seen = stamps(&files);
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let Some(current) = current.upgrade() else { return };
        let now = stamps(&files);
        if now == seen {
            continue;
        }
        match read(&files) {
            Ok(keys) => {
                current.0.store(Arc::new(keys));
                tracing::info!("new certificates are in use");
            }
            Err(error) => tracing::error!(
                error = format!("{error:#}"),
                "the changed certificates can't be used; the old ones stay"
            ),
        }
        seen = now;
    }
}

fn stamps(files: &[Certificate]) -> Vec<Option<SystemTime>> {
    let stamp = |path: &Path| std::fs::metadata(path).and_then(|file| file.modified()).ok();
    files.iter().flat_map(|files| [stamp(&files.cert), stamp(&files.key)]).collect()
}
