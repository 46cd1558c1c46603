//! Dialogues with a server that is a script, and what each of its answers leads to.

use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

use super::{Dialogue, SmtpError, stuffed};

const MAIL: &str = "Subject: x\r\n\r\n.begins with a dot\r\n";

/// Sends the mail to a server that says these things; returns what it was told.
async fn talk(says: &str, login: bool) -> (Result<(), SmtpError>, String) {
    let (ours, mut theirs) = duplex(64 * 1024);
    theirs.write_all(says.as_bytes()).await.unwrap();
    theirs.shutdown().await.unwrap();
    let to = ["a@x".to_owned(), "b@x".to_owned()];
    let sent = async {
        let mut dialogue = Dialogue::greet(ours).await?;
        if login {
            dialogue.log_in("me", "pass").await?;
        }
        dialogue.send("t@x", &to, MAIL).await
    }
    .await;
    let mut told = String::new();
    theirs.read_to_string(&mut told).await.unwrap();
    (sent, told)
}

#[tokio::test]
async fn a_mail_is_handed_over() {
    let says = "220-welcome\r\n220 here\r\n250-x\r\n250-AUTH LOGIN plain\r\n250 PIPELINING\r\n\
                235 in\r\n250 ok\r\n250 ok\r\n251 forwarded\r\n354 go\r\n250 queued\r\n221 bye\r\n";
    let (sent, told) = talk(says, true).await;
    sent.unwrap();
    let expected = "EHLO [127.0.0.1]\r\nAUTH PLAIN AG1lAHBhc3M=\r\nMAIL FROM:<t@x>\r\n\
                    RCPT TO:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\n\
                    Subject: x\r\n\r\n..begins with a dot\r\n.\r\nQUIT\r\n";
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_server_without_plain_is_logged_in_by_login() {
    let says = "220 x\r\n250-x\r\n250 AUTH LOGIN\r\n334 VXNlcm5hbWU6\r\n334 UGFzc3dvcmQ6\r\n\
                535 no such user\r\n";
    let (sent, told) = talk(says, true).await;
    let error = sent.unwrap_err();
    assert!(error.is_permanent());
    assert_eq!(
        error.to_string(),
        "the server answered AUTH with 535 no such user"
    );
    assert!(
        told.ends_with("AUTH LOGIN\r\nbWU=\r\ncGFzcw==\r\n"),
        "{told}"
    );
}

#[tokio::test]
async fn one_refused_address_does_not_keep_the_mail_from_others() {
    let says = "220 x\r\n250 x\r\n250 ok\r\n550 nobody\r\n250 ok\r\n354 go\r\n250 queued\r\n";
    let (sent, told) = talk(says, false).await;
    sent.unwrap();
    assert!(told.contains("DATA\r\n"), "{told}");
}

#[tokio::test]
async fn codes_say_whether_to_try_again() {
    for (says, permanent) in [
        ("421 too busy\r\n", false),
        ("554 go away\r\n", true),
        ("220 x\r\n250 x\r\n451 later\r\n", false),
        (
            "220 x\r\n250 x\r\n250 ok\r\n450 full\r\n450 full\r\n",
            false,
        ),
        ("220 x\r\n250 x\r\n250 ok\r\n550 who\r\n550 who\r\n", true),
        (
            "220 x\r\n250 x\r\n250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n452 full\r\n",
            false,
        ),
        (
            "220 x\r\n250 x\r\n250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n",
            false,
        ),
        ("SSH-2.0-OpenSSH_9.2\r\n", true),
        ("", false),
    ] {
        let (sent, _) = talk(says, false).await;
        assert_eq!(sent.unwrap_err().is_permanent(), permanent, "{says:?}");
    }
}

#[tokio::test]
async fn nothing_is_sent_unencrypted_where_encryption_is_asked_for() {
    let start = async |says: &str| {
        let (ours, mut theirs) = duplex(4096);
        theirs.write_all(says.as_bytes()).await.unwrap();
        let started = Dialogue::greet(ours).await.unwrap().start_tls().await;
        started.map(drop).map_err(|error| error.to_string())
    };
    assert_eq!(
        start("220 x\r\n250-x\r\n250 starttls\r\n220 go\r\n").await,
        Ok(())
    );
    let without = start("220 x\r\n250 x\r\n").await.unwrap_err();
    assert!(without.contains("offers no STARTTLS"), "{without}");
    // A reply that somebody on the way put behind the server's own.
    let injected = start("220 x\r\n250-x\r\n250 STARTTLS\r\n220 go\r\n250 injected\r\n").await;
    assert!(injected.unwrap_err().contains("before encryption"));
}

#[test]
fn dots_are_stuffed_and_the_last_line_is_ended() {
    assert_eq!(stuffed("a\r\n.\r\n..b"), "a\r\n..\r\n...b\r\n");
    assert_eq!(stuffed(""), "\r\n");
}
