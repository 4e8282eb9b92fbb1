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

# Clicks on what a selector finds, and waits for a page whose URL fits the pattern; { status } as in follow.
sub click { my ($self, $who, $where, $until) = @_; return $self->order('click', $who, where => $where, until => $until) }
sub screenshot { my ($self, $who, $file, %more) = @_; return $self->order('screenshot', $who, file => $file, %more) }
# The same for people to look at later. Whether there is a picture in the file now, of what was there before or not.
sub keep {
    my ($self, $who, $file) = @_;
    unlink $file;
    $self->screenshot($who, $file);
    open my $in, '<:raw', $file or return 0;
    # A PNG's signature and first chunk, which ends with the size that the picture has.
    my $size = read $in, my $head, 24;
    return $size == 24 && $head =~ /\A\x89PNG\r\n\x1a\n....IHDR/s && !grep { $_ == 0 } unpack 'x16 N2', $head;
}
sub forget { my ($self, $who) = @_; return $self->order('close', $who) }

# ---- as a person goes through pages: "where" is a selector, or { label }, { button } or { link } by its text ----

# A browser of somebody's own; what Playwright's newContext takes: locale, viewport, httpCredentials, javaScriptEnabled.
sub begin { my ($self, $who, %settings) = @_; return $self->order('begin', $who, settings => \%settings) }
# Clicks, and waits for the next document, whatever its address; { status } is its HTTP status.
sub follow { my ($self, $who, $where) = @_; return $self->order('follow', $who, where => $where) }
sub reload { my ($self, $who) = @_; return $self->order('reload', $who) }
sub back   { my ($self, $who) = @_; return $self->order('back', $who) }
# A click that leads nowhere.
sub point  { my ($self, $who, $where) = @_; return $self->order('point', $who, where => $where) }
sub choose { my ($self, $who, $where, $label) = @_; return $self->order('choose', $who, where => $where, label => $label) }
sub value  { my ($self, $who, $where) = @_; return $self->order('value', $who, where => $where)->{value} }
sub texts  { my ($self, $who, $where) = @_; return @{ $self->order('texts', $who, where => $where)->{texts} } }
sub attribute { my ($self, $who, $where, $name) = @_; return $self->order('attribute', $who, where => $where, name => $name)->{value} }
# With the keyboard alone. loads => 1: the key leads to another document.
sub press { my ($self, $who, $key, %more) = @_; return $self->order('press', $who, key => $key, %more) }
sub type  { my ($self, $who, $text) = @_; return $self->order('type', $who, text => $text) }
sub paste { my ($self, $who, $text) = @_; return $self->order('paste', $who, text => $text) }
sub focused   { my ($self, $who) = @_; return $self->order('focused', $who)->{focused} }
sub selection { my ($self, $who) = @_; return $self->order('selection', $who)->{selection} }
sub clipboard { my ($self, $who) = @_; return $self->order('clipboard', $who)->{clipboard} }
# { name, path } of the file that a click gives.
sub download { my ($self, $who, $where) = @_; return $self->order('download', $who, where => $where) }
sub frames  { my ($self, $who) = @_; return @{ $self->order('frames', $who)->{frames} } }
# What needs tools: another value or name for an input.
sub set    { my ($self, $who, $where, $value) = @_; return $self->order('set', $who, where => $where, value => $value) }
sub rename { my ($self, $who, $where, $name) = @_; return $self->order('rename', $who, where => $where, name => $name) }
# What is wrong with the page: { weight, markup, axe, over, cut, said, dialogs }.
sub inspect { my ($self, $who) = @_; return $self->order('inspect', $who) }
# The same of its colours alone, as they are now: a list.
sub contrast { my ($self, $who) = @_; return @{ $self->order('contrast', $who)->{axe} } }
sub heard   { my ($self, $who) = @_; return $self->order('heard', $who) }
sub scheme  { my ($self, $who, $scheme) = @_; return $self->order('scheme', $who, scheme => $scheme) }
sub size    { my ($self, $who, $width, $height) = @_; return $self->order('size', $who, width => $width, height => $height) }

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
