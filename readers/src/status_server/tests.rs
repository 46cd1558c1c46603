//! The pages over a real socket.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::status_server::{Health, StatusPages, serve};

#[derive(Debug, Default)]
struct Pages {
    is_ready: AtomicBool,
}

impl StatusPages for Pages {
    fn metrics(&self) -> String {
        "# TYPE events counter\nevents_total 3\n# EOF\n".to_owned()
    }

    fn health(&self) -> Health {
        Health::Good
    }

    fn readiness(&self) -> Health {
        if self.is_ready.load(Ordering::SeqCst) {
            Health::Good
        } else {
            Health::Bad("no partition is \"assigned\" yet".to_owned())
        }
    }
}

async fn get(address: std::net::SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn pages_answer_and_the_server_stops_when_told() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let pages = Arc::new(Pages::default());
    let (stop, stopped) = oneshot::channel::<()>();
    let shutdown = async {
        stopped.await.unwrap();
    };
    let served = Arc::clone(&pages) as Arc<dyn StatusPages>;
    let server = tokio::spawn(serve(listener, served, shutdown));

    let metrics = get(address, "/metrics").await;
    assert!(metrics.starts_with("HTTP/1.1 200"), "{metrics}");
    let media = "content-type: application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert!(metrics.contains(media), "{metrics}");
    assert!(metrics.ends_with("events_total 3\n# EOF\n"), "{metrics}");

    let health = get(address, "/healthz").await;
    assert!(health.starts_with("HTTP/1.1 200"), "{health}");
    assert!(health.ends_with("{\"status\":\"ok\"}"), "{health}");

    let waiting = get(address, "/readyz").await;
    assert!(waiting.starts_with("HTTP/1.1 503"), "{waiting}");
    let reason = "{\"status\":\"unavailable\",\"reason\":\"no partition is \\\"assigned\\\" yet\"}";
    assert!(waiting.ends_with(reason), "{waiting}");
    pages.is_ready.store(true, Ordering::SeqCst);
    assert!(get(address, "/readyz").await.starts_with("HTTP/1.1 200"));

    let start = get(address, "/").await;
    for link in ["/metrics", "/healthz", "/readyz"] {
        assert!(start.contains(&format!("href=\"{link}\"")), "{start}");
    }
    assert!(get(address, "/nothing").await.starts_with("HTTP/1.1 404"));

    stop.send(()).unwrap();
    server.await.unwrap().unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}
