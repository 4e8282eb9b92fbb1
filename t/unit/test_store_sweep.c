/* SPDX-License-Identifier: Apache-2.0 */
/* Sweeping: whose turn it is, what goes and what never does, in batches. */
#include <string.h>

#include <apr_strings.h>

#include "braze_id.h"
#include "unit_store.h"

#define DAYS(n) apr_time_from_sec((apr_time_t)(n)*86400)

static int take(const unit_store_t *store, const char *node, apr_time_t now, apr_time_t until)
{
    braze_task_t task = {"work", node};
    int taken = -1;

    assert_fine(braze_store_task_take(&taken, store->db, &task, now, until, store->pool));
    return taken;
}

static int keep(const unit_store_t *store, const char *node, apr_time_t until)
{
    braze_task_t task = {"work", node};
    int kept = -1;

    assert_fine(braze_store_task_keep(&kept, store->db, &task, until, store->pool));
    return kept;
}

static void one_node_has_the_turn(void **state)
{
    unit_store_t *store = unit_store(state);
    apr_time_t now = UNIT_NOW, minute = apr_time_from_sec(60);

    assert_int_equal(take(store, "a", now, now + minute), 1);
    assert_int_equal(take(store, "b", now, now + minute), 0);
    assert_int_equal(take(store, "b", now + minute - 1000, now + 2 * minute), 0);
    /* Not even its own: another thread of the node would not be another node. */
    assert_int_equal(take(store, "a", now + 1000, now + minute), 0);
    /* Its end is moved, and then it is over. */
    assert_int_equal(keep(store, "a", now + 2 * minute), 1);
    assert_int_equal(keep(store, "b", now + 9 * minute), 0);
    assert_int_equal(take(store, "b", now + minute, now + 3 * minute), 0);
    assert_int_equal(take(store, "b", now + 2 * minute, now + 3 * minute), 1);
    /* The dead come back too late. */
    assert_int_equal(keep(store, "a", now + 9 * minute), 0);
}

static void a_turn_of_a_wrong_clock_is_over(void **state)
{
    unit_store_t *store = unit_store(state);

    assert_int_equal(take(store, "ahead", UNIT_NOW + DAYS(900), UNIT_NOW + DAYS(901)), 1);
    assert_int_equal(take(store, "b", UNIT_NOW, UNIT_NOW + 1000), 1);
}

static void event_at(const unit_store_t *store, const char *company, apr_time_t at,
                     const char *name)
{
    braze_event_t *event = unit_event(company, name, store->pool);

    event->at = at;
    event->id = braze_id_new(at, store->pool);
    assert_fine(braze_store_event_add(store->db, event, store->pool));
}

static braze_swept_t sweep(const unit_store_t *store, apr_time_t now, int batch, int days)
{
    braze_sweep_t sweep = {.now = now, .batch = batch, .keep_events = DAYS(days)};
    braze_swept_t swept;

    memset(&swept, 0, sizeof(swept));
    assert_fine(braze_store_sweep(&swept, store->db, &sweep, store->pool));
    return swept;
}

static void the_trail_is_kept_as_long_as_is_said(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *one = unit_store_company(store, "One"), *two = unit_store_company(store, "Two");
    int before = unit_store_count(store, "SELECT count(*) FROM braze_event");
    apr_time_t now = UNIT_NOW;
    braze_swept_t swept;
    int i;

    for (i = 0; i < 5; i++) {
        event_at(store, one, now - DAYS(10) - i, "Old");
        event_at(store, two, now - DAYS(10) - i, "Old");
    }
    event_at(store, one, now - DAYS(7) - 1000, "Old");
    event_at(store, one, now - DAYS(7), "Kept");
    event_at(store, two, now, "Kept");
    assert_int_equal(sweep(store, now, 100, 0).rows[BRAZE_SWEPT_EVENTS], 0);
    swept = sweep(store, now, 4, 7);
    assert_int_equal(swept.rows[BRAZE_SWEPT_EVENTS], 4);
    assert_int_equal(swept.more, 1);
    swept = sweep(store, now, 100, 7);
    assert_int_equal(swept.rows[BRAZE_SWEPT_EVENTS], 7);
    assert_int_equal(swept.more, 0);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_event WHERE name = 'Old'"),
                     0);
    assert_int_equal(
        unit_store_count(store, "SELECT count(*) FROM braze_event WHERE name = 'Kept'"), 2);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_event"), before + 2);
}

/* Of a turn: the rows go, the rest of the interval nobody comes. */
static void a_whole_turn(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_sweep_t sweep = {.now = apr_time_now(), .batch = 10};
    braze_swept_t swept;
    apr_int64_t used;
    int i, taken = 0;

    for (i = 0; i < 35; i++) {
        assert_fine(braze_store_rate_hit(&used, store->db, id, sweep.now - DAYS(3) - i * 1000,
                                         store->pool));
    }
    assert_fine(braze_store_rate_hit(&used, store->db, id, sweep.now, store->pool));
    assert_fine(
        braze_store_sweep_turn(&taken, &swept, store->db, "a", &sweep, DAYS(1) / 24, store->pool));
    assert_int_equal(taken, 1);
    assert_int_equal(swept.rows[BRAZE_SWEPT_RATES], 35);
    assert_int_equal(swept.more, 0);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_rate"), 1);
    assert_fine(braze_store_sweep_turn(&taken, &swept, store->db, "b", &sweep, 0, store->pool));
    assert_int_equal(taken, 0);
    assert_int_equal(swept.rows[BRAZE_SWEPT_RATES], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(one_node_has_the_turn),
        STORE_TEST(a_turn_of_a_wrong_clock_is_over),
        STORE_TEST(the_trail_is_kept_as_long_as_is_said),
        STORE_TEST(a_whole_turn),
    };

    return cmocka_run_group_tests_name("store sweep", tests, NULL, NULL);
}
