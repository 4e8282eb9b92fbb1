# SPDX-License-Identifier: Apache-2.0
package Interop::Chromium;

# A headless Chromium, driven through interop/browser/browser.js. Every method takes whose browser it is first: each has
# its own cookies. Every answer tells { url, title, text } of the page that is there then.

use strict;
use warnings;

use Carp qw(croak);
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use IPC::Open2 qw(open2);
use JSON::PP ();

my $top  = abs_path(dirname(__FILE__) . '/../..');
my $json = JSON::PP->new->utf8->canonical;

# %option: hosts => { name => address }, trusted => [hashes of public keys].
sub new {
    my ($class, %option) = @_;
    chomp(my $folder = `$top/browser/install`);
    croak 'no browser: see what was said above' if $?;
    local $ENV{NODE_PATH} = "$folder/node_modules";
    my $pid = open2(my $out, my $in, 'node', "$top/browser/browser.js", $json->encode(\%option));
    my $self = bless { pid => $pid, in => $in, out => $out }, $class;
    my $hello = $self->answer;
    croak "Chromium does not start: $hello->{error}" if $hello->{error};
    $self->{version} = $hello->{version};
    return $self;
}

sub version { return $_[0]{version} }

sub answer {
    my ($self) = @_;
    my $line = readline $self->{out};
    croak 'the browser has ended' if !defined $line;
    return $json->decode($line);
}

sub order {
    my ($self, $do, $who, %rest) = @_;
    print { $self->{in} } $json->encode({ do => $do, who => $who, %rest }), "\n" or croak "the browser has ended: $!";
    $self->{in}->flush;
    my $answer = $self->answer;
    croak "$do: $answer->{error}" if $answer->{error};
    return $answer;
}

sub open_page { my ($self, $who, $url) = @_; return $self->order('open', $who, url => $url) }
sub fill      { my ($self, $who, $where, $text) = @_; return $self->order('fill', $who, where => $where, text => $text) }
sub wait_for  { my ($self, $who, $until) = @_; return $self->order('wait', $who, until => $until) }
sub count     { my ($self, $who, $where) = @_; return $self->order('count', $who, where => $where)->{count} }
sub cookies   { my ($self, $who) = @_; return $self->order('cookies', $who)->{cookies} }

# Clicks on what a selector finds, and waits for a page whose URL fits the pattern.
sub click { my ($self, $who, $where, $until) = @_; return $self->order('click', $who, where => $where, until => $until) }
sub screenshot { my ($self, $who, $file) = @_; return $self->order('screenshot', $who, file => $file) }
sub forget { my ($self, $who) = @_; return $self->order('close', $who) }

sub stop {
    my ($self) = @_;
    return if !$self->{pid};
    local $?;
    close $self->{in};
    waitpid delete $self->{pid}, 0;
    return;
}

sub DESTROY { my ($self) = @_; return $self->stop }

1;
