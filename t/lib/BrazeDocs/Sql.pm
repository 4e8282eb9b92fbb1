# SPDX-License-Identifier: Apache-2.0
# A migrated database with somebody in it, for the queries of the documentation.
package BrazeDocs::Sql;

use strict;
use warnings;
use DBI ();

# new(driver, params of braze-admin, DBI's data source, path of braze-admin)
sub new {
    my ($class, %opt) = @_;
    my $self = bless {%opt}, $class;
    $self->admin(@$_) for ['migrate'], [qw(company add Decorumsoft)], [qw(workspace add Marketing)], [qw(permission-set add Viewer view_campaigns)],
        [qw(user add ann@decorumsoft.com --confirmed --first-name Ann --last-name Example --workspace Marketing --permission-set Viewer)];
    $self->{dbh} = DBI->connect($opt{source}, $opt{user} // '', '', { RaiseError => 1, PrintError => 0, PrintWarn => 0, AutoCommit => 1 });
    $self->{dbh}->do('PRAGMA foreign_keys=ON') if $opt{driver} eq 'sqlite3';
    my ($company, $user) = $self->{dbh}->selectrow_array('SELECT company_id, id FROM braze_user');
    my $group = '00000000-00000000-00000000-00000001';
    $self->{dbh}->do(q{INSERT INTO braze_group(id, company_id, display_name, display_name_key, resource, source, created_at, modified_at, version)
        VALUES(?, ?, 'Tour Guides', 'tour guides', '{}', 'scim', 1, 1, 1)}, undef, $group, $company);
    $self->{dbh}->do('INSERT INTO braze_group_member(group_id, company_id, user_id) VALUES(?, ?, ?)', undef, $group, $company, $user);
    $self->{values} = { ':user_id' => $user, ':company_id' => $company, ':group_id' => $group };
    return $self;
}

sub admin {
    my ($self, @words) = @_;
    open my $out, '-|', 'sh', '-c', 'exec "$@" 2>&1', 'sh', $self->{admin}, '--driver', $self->{driver}, '--params', $self->{params}, @words or die "$self->{admin}: $!";
    local $/;
    my $said = <$out>;
    close $out or die "@words: $said";
    return;
}

# wrong_with(text): of each statement, what the engine says, or that it finds nothing; it is undone in any case.
sub wrong_with {
    my ($self, $text) = @_;
    my $dbh = $self->{dbh};
    my @wrong;
    for my $statement (grep {/\S/} split /;\s*$/m, $text =~ s/^\s*--.*$//mgr) {
        my $n = eval {
            $dbh->begin_work;
            my $sth = $dbh->prepare($statement);
            $sth->bind_param($_, $self->{values}{$_} // die "no value for $_\n") for $statement =~ /(?<!:)(:[a-z]\w*)/g;
            $sth->execute;
            $sth->{NUM_OF_FIELDS} ? scalar @{ $sth->fetchall_arrayref } : $sth->rows;
        };
        push @wrong, "$self->{driver}: $@" if !defined $n;
        push @wrong, "$self->{driver}: no row comes of it: $statement" if defined $n && !$n;
        eval { $dbh->rollback };
    }
    return @wrong;
}

sub DESTROY { my ($self) = @_; $self->{dbh}->disconnect if $self->{dbh}; return }

1;
