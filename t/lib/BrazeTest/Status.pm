# SPDX-License-Identifier: Apache-2.0
# What SetHandler braze-status shows, read back: the lines of ?auto, and the text format 0.0.4 of Prometheus by a parser that
# knows its rules and dies on whatever breaks them.
#
#     my $before = counters();
#     …
#     is_deeply [ grown($before) ], [ 'logins.idp 1' ], 'one login';
package BrazeTest::Status;

use strict;
use warnings;
use Carp qw(croak);
use Exporter qw(import);
use LWP::UserAgent ();
use BrazeTest;

our @EXPORT = qw(status_page counters grown prometheus series_of);

# status_page(query, base => URL, header => value …): the HTTP::Response.
sub status_page {
    my ($query, %opt) = @_;
    my $base = delete $opt{base} // base_url('/free/status');
    return LWP::UserAgent->new->get($base . (length($query // '') ? "?$query" : ''), %opt);
}

# counters(base): the lines of ?auto as a hash; dies on a line that is not "key: value", or a key that stands twice.
sub counters {
    my ($base) = @_;
    my $res = status_page('auto', $base ? (base => $base) : ());
    croak $res->status_line if $res->code != 200;
    my %value;
    for (split /\n/, $res->content) {
        my ($key, $value) = /\A([\w.+]+): ([\w.]+)\z/ or croak "not a line: $_";
        croak "$key twice" if exists $value{$key};
        $value{$key} = $value;
    }
    return \%value;
}

# grown(earlier counters, pattern, base): "key growth" of what has grown, sorted; times, database and session counters left out,
# unless the pattern asks for them.
sub grown {
    my ($before, $pattern, $base) = @_;
    my $now = counters($base);
    $pattern //= qr/\A(?!\w+_seconds|db_|session_lookups|swe|processes)/;
    return map { my $by = $now->{$_} - ($before->{$_} // 0); $by ? "$_ $by" : () }
        sort grep { $_ =~ $pattern && $now->{$_} =~ /\A\d+(?:\.\d+)?\z/ } keys %$now;
}

# prometheus(text): { family => { type, help, samples => { 'name{labels}' => value } } }. The rules: HELP and TYPE once each, before the
# samples; samples of a family together; names and labels of the right characters; no sample twice; of a counter only NAME (which ends
# in _total); of a histogram only _bucket with le, _sum and _count, the buckets rising to +Inf, which is the count.
sub prometheus {
    my ($text) = @_;
    croak 'the last line has no end' if $text !~ /\n\z/;
    my (%family, $name);
    for my $line (split /\n/, $text) {
        if ($line =~ /\A# HELP ([a-zA-Z_:][\w:]*) (\S.*)\z/) {
            croak "$1 twice" if $family{$1};
            $name = $1;
            $family{$name} = { help => $2, samples => {}, order => [] };
        }
        elsif ($line =~ /\A# TYPE ([a-zA-Z_:][\w:]*) (counter|gauge|histogram)\z/) {
            croak "TYPE $1 without its HELP" if ($name // '') ne $1 || $family{$name}{type};
            $family{$name}{type} = $2;
        }
        elsif ($line =~ /\A([a-zA-Z_:][\w:]*)(?:\{([^}]*)\})? (\d+(?:\.\d+)?)\z/) {
            my ($sample, $labels, $value) = ($1, $2 // '', $3);
            my $of = $family{$name // ''} // croak "a sample before its family: $line";
            my $type = $of->{type} // croak "a sample before its TYPE: $line";
            my $suffix = $type eq 'histogram' ? qr/_(?:bucket|sum|count)/ : qr//;
            croak "$sample among $name" if $sample !~ /\A\Q$name\E$suffix\z/;
            croak "$name is no counter's name" if $type eq 'counter' && $name !~ /_total\z/;
            my %label;
            for (split /,/, $labels) {
                my ($key, $what) = /\A([a-zA-Z_]\w*)="((?:[^"\\\n]|\\["\\n])*)"\z/ or croak "not a label: $_";
                croak "label $key twice" if exists $label{$key};
                $label{$key} = $what;
            }
            my $key = "$sample\{" . join(',', map {"$_=$label{$_}"} sort keys %label) . '}';
            croak "$key twice" if exists $of->{samples}{$key};
            $of->{samples}{$key} = $value;
            push @{ $of->{order} }, [ $sample, \%label, $value ];
        }
        else { croak "not the text format: $line" }
    }
    histogram($_, $family{$_}) for grep { $family{$_}{type} eq 'histogram' } keys %family;
    return \%family;
}

sub histogram {
    my ($name, $of) = @_;
    my (%bucket, %count, %sum);
    for (@{ $of->{order} }) {
        my ($sample, $label, $value) = @$_;
        my %rest = %$label;
        my $le = delete $rest{le};
        my $series = join ',', map {"$_=$rest{$_}"} sort keys %rest;
        if ($sample =~ /_bucket\z/) { push @{ $bucket{$series} }, [ $le // croak("$name: a bucket without le"), $value ] }
        elsif ($sample =~ /_count\z/) { $count{$series} = $value }
        else                          { $sum{$series} = $value }
    }
    for my $series (keys %bucket) {
        my ($bound, $below) = (-1, 0);
        for (@{ $bucket{$series} }) {
            my $le = $_->[0] eq '+Inf' ? 9**9**9 : $_->[0];
            croak "$name: buckets do not rise" if $le <= $bound || $_->[1] < $below;
            ($bound, $below) = ($le, $_->[1]);
        }
        croak "$name: no +Inf" if $bucket{$series}[-1][0] ne '+Inf';
        croak "$name: +Inf is not the count" if $below != ($count{$series} // croak "$name: no count");
        croak "$name: no sum" if !defined $sum{$series};
    }
    croak "$name: a count without buckets" if grep { !$bucket{$_} } keys %count;
    return;
}

# series_of(families, name): the samples of a family by their labels, "code=replayed" => 2.
sub series_of {
    my ($family, $name) = @_;
    my $of = $family->{"braze_$name"} // croak "no braze_$name";
    return { map { my ($labels) = /\{(.*)\}/; $labels => $of->{samples}{$_} } keys %{ $of->{samples} } };
}

1;
