# SPDX-License-Identifier: Apache-2.0
# Account, link, replay record, session and audit row of a login are one transaction: whichever of them cannot be written, there is none
# of the others, the account is as it was, and the very same response is good afterwards.
use strict;
use warnings;
use Test::More;
use BrazeTest;
use BrazeTest::Jit;

my $is_pgsql = dbh()->{Driver}{Name} eq 'Pg';
my @TABLES = qw(braze_user braze_identity braze_replay braze_session braze_event);

# Triggers refuse whatever is written into a table that a row of braze_test_full names. They are made and taken away while no connection
# of the server's has statements prepared: on SQLite a change of the schema is not what this is about.
dbh()->do('CREATE TABLE braze_test_full(name TEXT)');
dbh()->do(q{CREATE FUNCTION braze_test_full() RETURNS trigger AS $$ BEGIN IF EXISTS (SELECT 1 FROM braze_test_full WHERE name = TG_TABLE_NAME) THEN RAISE EXCEPTION 'full'; END IF; }
    . q{RETURN NEW; END $$ LANGUAGE plpgsql}) if $is_pgsql;
for my $table (@TABLES) {
    dbh()->do($is_pgsql ? "CREATE TRIGGER braze_full_$table BEFORE INSERT ON $table FOR EACH ROW EXECUTE FUNCTION braze_test_full()"
        : "CREATE TRIGGER braze_full_$table BEFORE INSERT ON $table WHEN EXISTS (SELECT 1 FROM braze_test_full WHERE name = '$table') BEGIN SELECT RAISE(ABORT, 'full'); END");
}
graceful_restart();
sub close_table { my ($table) = @_; dbh()->do('INSERT INTO braze_test_full(name) VALUES(?)', undef, $table); return }
sub open_table  { dbh()->do('DELETE FROM braze_test_full'); return }

sub counted { return join ' ', map { my $table = $_; row("SELECT count(*) AS n FROM $table")->{n} } @TABLES }
sub account { my ($email) = @_; my ($user) = users_of($email); return $user ? join ' ', map { $_ // '-' } @$user{qw(last_sign_in_at confirmed version)} : 'none' }

admin('--company', 'Decorumsoft', 'user', 'add', 'known.whole@decorumsoft.com');
for my $table (@TABLES) {
    for my $email ("$table.whole\@decorumsoft.com" =~ tr/_/-/r, 'known.whole@decorumsoft.com') {
        next if $table eq 'braze_user' && $email =~ /^known/; # nobody is made
        my $is_known = $email =~ /^known/;
        dbh()->do('DELETE FROM braze_identity WHERE user_id = ?', undef, user_of($email)->{id}) if $is_known; # so that one is written
        my $what = ($is_known ? 'somebody known' : 'somebody new') . ", and no $table";
        my ($before, $was) = (counted(), account($email));
        close_table($table);
        my $try = eval { login('/', email => $email) };
        my ($after, $is) = (counted(), account($email));
        open_table();
        ok $try && $try->{res}->code >= 500 && !cookie_of($try->{res}), "$what: a fault, and no cookie" or diag $try ? $try->{res}->as_string : $@;
        like log_from($try->{mark}), qr/BRAZE-0111: [^\n]*INSERT (?:OR IGNORE )?INTO $table\b[^\n]*\bfull/, "$what: for that reason";
        is $after, $before, "$what: nothing is written (@TABLES)";
        is $is, $was, "$what: the account is as it was";
        signed_in(login('/', email => $email, response => $try->{response}), "$what: the same response is good afterwards");
        isnt account($email), $was, '(the control: it does change something)';
    }
}

for my $table (@TABLES) { dbh()->do("DROP TRIGGER braze_full_$table" . ($is_pgsql ? " ON $table" : '')) }
dbh()->do('DROP FUNCTION braze_test_full()') if $is_pgsql;
dbh()->do('DROP TABLE braze_test_full');
graceful_restart();
done_testing;
