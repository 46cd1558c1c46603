//! A receiver over HTTP that answers as a test tells it to, and remembers what it got.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What is waited for at most.
const WAIT_MAX: Duration = Duration::from_secs(20);

/// What a receiver does with a request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Says {
    /// It answers with this status.
    Status(u16),
    /// It answers with this status, and asks for so many seconds of patience.
    Later(u16, u64),
    /// It takes the request and never answers.
    Hangs,
    /// It takes the request and ends the connection.
    HangsUp,
}

/// A request that was received.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    /// The path.
    pub(crate) path: String,
    /// The headers, with small letters.
    pub(crate) headers: BTreeMap<String, String>,
    /// The body.
    pub(crate) body: String,
    /// When it was there.
    pub(crate) at: Instant,
}

/// A receiver on a port of this machine.
#[derive(Debug, Clone)]
pub(crate) struct TestReceiver {
    /// Its address.
    pub(crate) url: String,
    received: Arc<Mutex<Vec<Received>>>,
    script: Arc<Mutex<VecDeque<Says>>>,
}

impl TestReceiver {
    /// A receiver that says these things, one a request, and then always 200.
    pub(crate) async fn start(script: &[Says]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let receiver = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            received: Arc::default(),
            script: Arc::new(Mutex::new(script.iter().copied().collect())),
        };
        let server = receiver.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(server.clone().serve(stream));
            }
        });
        receiver
    }

    async fn serve(self, stream: TcpStream) {
        let mut stream = BufReader::new(stream);
        while let Some(request) = read(&mut stream).await {
            self.received.lock().unwrap().push(request);
            let says = self.script.lock().unwrap().pop_front();
            let (status, retry) = match says.unwrap_or(Says::Status(200)) {
                Says::Status(status) => (status, String::new()),
                Says::Later(status, seconds) => (status, format!("Retry-After: {seconds}\r\n")),
                Says::Hangs => std::future::pending().await,
                Says::HangsUp => return,
            };
            let answer = format!("HTTP/1.1 {status} X\r\n{retry}Content-Length: 4\r\n\r\nsaid");
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    }

    /// What was received so far.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    /// Waits until so many requests were received.
    pub(crate) async fn wait_for(&self, count: usize) -> Vec<Received> {
        let begun = Instant::now();
        while self.received().len() < count {
            let received = self.received();
            assert!(begun.elapsed() < WAIT_MAX, "{} of {count}", received.len());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.received()
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> Option<Received> {
    let mut line = String::new();
    if stream.read_line(&mut line).await.ok()? == 0 {
        return None;
    }
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) => headers.insert(name.to_lowercase(), value.to_owned()),
            None => break,
        };
    }
    let length = headers
        .get("content-length")
        .map_or(0, |text| text.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(Received {
        path,
        headers,
        body: String::from_utf8(body).unwrap(),
        at: Instant::now(),
    })
}
