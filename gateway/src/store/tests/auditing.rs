//! The audit log grows, is read, and shrinks only from its old end.

use super::{
    super::{AuditEntry, AuditFilter},
    *,
};

fn entry(what: &str, minute: i64) -> AuditEntry {
    AuditEntry {
        id: 0,
        at: noon() + TimeDelta::minutes(minute),
        what: what.into(),
        outcome: "done".into(),
        actor: "user".into(),
        actor_id: Some("id-of-root".into()),
        subject_id: Some("id-of-ada".into()),
        session_id: Some("session-a".into()),
        ip_address: Some("192.0.2.1".into()),
        user_agent: None,
        details: Some(r#"{"count":2}"#.into()),
    }
}

async fn names(world: &World, filter: AuditFilter) -> Vec<String> {
    let entries = world.store.first_audit(&filter, 100).await.unwrap();
    entries.into_iter().map(|entry| entry.what).collect()
}

#[tokio::test]
async fn entries_are_read_as_written_and_found_by_what_they_are_about() {
    on_both(async |world| {
        for (minute, what) in ["sign_in", "session.revoke", "sessions", "sign_out"].into_iter().enumerate() {
            world.store.append_audit(&entry(what, minute as i64)).await.unwrap();
        }
        let latest = world.store.latest_audit(&AuditFilter::default(), 1).await.unwrap();
        assert_eq!(latest, [AuditEntry { id: latest[0].id, ..entry("sign_out", 3) }]);
        let all = ["sign_in", "session.revoke", "sessions", "sign_out"];
        for user in ["id-of-root", "id-of-ada"] {
            assert_eq!(names(&world, AuditFilter { user: Some(user.into()), ..AuditFilter::default() }).await, all);
        }
        assert!(names(&world, AuditFilter { user: Some("eve".into()), ..AuditFilter::default() }).await.is_empty());
        let named = |what: &str| AuditFilter { what: Some(what.into()), ..AuditFilter::default() };
        assert_eq!(names(&world, named("session")).await, ["session.revoke"]);
        assert_eq!(names(&world, named("sign_in")).await, ["sign_in"]);
        let since = AuditFilter { since: Some(noon() + TimeDelta::minutes(2)), ..AuditFilter::default() };
        assert_eq!(names(&world, since).await, ["sessions", "sign_out"]);
        let after = AuditFilter { after: latest[0].id - 1, ..AuditFilter::default() };
        assert_eq!(names(&world, after).await, ["sign_out"]);
    })
    .await;
}

#[tokio::test]
async fn old_entries_go_and_no_others() {
    on_both(async |world| {
        for minute in 0..5 {
            world.store.append_audit(&entry("sign_in", minute)).await.unwrap();
        }
        let before = noon() + TimeDelta::minutes(3);
        assert_eq!(world.store.delete_old_audit(before, 2).await.unwrap(), 2);
        assert_eq!(world.store.delete_old_audit(before, 2).await.unwrap(), 1);
        assert_eq!(world.store.delete_old_audit(before, 2).await.unwrap(), 0);
        assert_eq!(world.count("select count(*) from gateway_audit").await, 2);
        assert_eq!(world.count("select count(*) from gateway_audit_retention").await, 0);
    })
    .await;
}

#[tokio::test]
async fn nobody_changes_or_takes_away_what_was_noted() {
    on_both(async |world| {
        world.store.append_audit(&entry("sign_in", 0)).await.unwrap();
        let whole = if world.store.is_sqlite() {
            "insert or replace into gateway_audit (id, at, what, outcome, actor) values (1, '', '', '', '')"
        } else {
            "truncate gateway_audit"
        };
        for statement in ["update gateway_audit set what = 'x'", "delete from gateway_audit", whole] {
            let refused = on_db!(write world.store, |db| sqlx::query(statement).execute(&mut *db).await.map(drop));
            let refused = refused.expect_err(statement).to_string();
            assert!(refused.contains("append-only"), "{statement}: {refused}");
        }
        assert_eq!(names(&world, AuditFilter::default()).await, ["sign_in"]);
    })
    .await;
}
