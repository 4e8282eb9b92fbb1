# SPDX-License-Identifier: Apache-2.0
# Does what a page of the documentation says, as its reader would, and tells how that went.
package BrazeDocs;

use strict;
use warnings;
use Exporter 'import';
use JSON::PP ();
use BrazeDocs::Page qw(blocks commands);
use BrazeDocs::Sandbox ();
use BrazeDocs::Sql ();

our @EXPORT_OK = qw(check_page);

# Commands that no test machine runs here, and why. A page's command that begins like one of these is passed over.
our @NOT_RUN = (
    [ './demo',                        'it has a walk of its own, minutes long' ],
    [ './check',                       'it is what runs this' ],
    [ 'autoreconf -i && ./configure',  'the stages gcc and install of ./check do it' ],
    [ 'htpasswd -c ',                  'it asks for a password' ],
    [ 'dpkg-buildpackage ',            'interop/package.t builds and installs the package' ],
);

my %SEEN; # of @NOT_RUN: which were met
sub unused_exceptions { return map { $_->[0] } grep { !$SEEN{ $_->[0] } } @NOT_RUN }

sub not_run {
    my ($command) = @_;
    for my $row (@NOT_RUN) { return $SEEN{ $row->[0] } = $row->[1] if index($command, $row->[0]) == 0 }
    return;
}

# check_page(text, %options): a list of [went well, line, what, why not]. Options: top, build; before (text of a page that is done
# first, because this one begins where that ends), https (the server's usual site is there by https, too), pgsql (it has a PostgreSQL),
# world (the identity provider can be reached), databases (BrazeDocs::Sql's, for sql blocks), name.
sub check_page {
    my ($page, %opt) = @_;
    my @blocks = blocks($page);
    my @results = map { [ 0, $_->{line}, $_->{language}, $_->{wrong} ] } grep { $_->{wrong} } @blocks;
    @blocks = grep { !$_->{wrong} } @blocks;
    my $self = bless { %opt, sandbox => undef, commands => [] }, __PACKAGE__;
    push @results, $self->names_its_file($page, $_) for grep { $_->{file} } @blocks;
    push @results, $self->shell(@blocks) if grep { $_->{language} =~ /\A(?:sh|done)\z/ } @blocks;
    push @results, $self->heads(grep { $_->{language} eq 'head' } @blocks);
    for my $block (@blocks) {
        my $does = $self->can("check_$block->{language}") or next;
        push @results, [ $self->$does($block) ];
    }
    $self->{sandbox}->stop if $self->{sandbox};
    return sort { $a->[1] <=> $b->[1] } @results;
}

sub sandbox { my ($self) = @_; return $self->{sandbox} //= BrazeDocs::Sandbox->new(top => $self->{top}, build => $self->{build}) }

sub result { my ($block, $why) = @_; return (!defined $why, $block->{line}, $block->{language}, $why) }

# A block that becomes a file: the sentence before it says which.
sub names_its_file {
    my ($self, $page, $block) = @_;
    my @before = (split /\n/, $page)[ ($block->{line} > 4 ? $block->{line} - 5 : 0) .. $block->{line} - 2 ];
    return (grep { index($_, $block->{file}) >= 0 } @before) ? () : [ result($block, "the text before it does not say that it is $block->{file}") ];
}

# --- shell -----------------------------------------------------------------------------------------------

# All that happens on a page, as one script, so that variables, functions and the folder last from block to block.
sub script {
    my ($self, $counted, @blocks) = @_;
    my ($dir, $script, $n) = ($self->sandbox->dir, '', 0);
    my $add = sub {
        my ($block, $command, $shown) = @_;
        my $file = BrazeDocs::Sandbox::spew("$dir/command." . ++$self->{serial}, $command);
        $script .= "printf '\\036'; . $file; printf '\\036%s\\036' \$?\n";
        push @{ $self->{commands} }, { block => $block, shown => $shown, counted => $counted };
    };
    for my $block (@blocks) {
        if ($block->{language} eq 'sh') {
            for my $command (commands($block->{text})) {
                if (my $why = not_run($command)) { push @{ $self->{passed_over} }, $block; next }
                $add->($block, $self->sandbox->inside($command), $command);
            }
        }
        elsif ($block->{file}) {
            my $file = BrazeDocs::Sandbox::spew("$dir/file." . ++$self->{serial}, $self->sandbox->inside($block->{text}));
            my $to = $self->sandbox->inside($block->{file});
            $add->($block, "cp '$file' '$to'\n", "write $block->{file}");
        }
        elsif ($block->{language} eq 'done') { $add->($block, $self->deed($block->{text}), $block->{text}) }
    }
    return $script;
}

# What a comment has somebody with a browser do: "USER signs in at URL[: STATUS]", and then "USER looks at URL[: STATUS]".
sub deed {
    my ($self, $text) = @_;
    my ($user, $does, $url, $status) = $text =~ m{\A([\w.-]+@[\w.-]+) (signs in|looks) at (https://[\w./-]+?)(?:: (\d{3}))?\z}
        or return "echo 'this guard cannot do that' >&2; false\n";
    my ($function, $usual) = $does eq 'looks' ? ('look', 200) : ('sign_in', 303);
    return "perl -MBrazeDocs::Browser -e 'BrazeDocs::Browser::$function(\@ARGV)' '$user' '$url' " . ($status // $usual) . "\n";
}

sub shell {
    my ($self, @blocks) = @_;
    my $sandbox = $self->sandbox;
    $sandbox->start_pgsql if $self->{pgsql};
    $sandbox->start_world if $self->{world};
    my $script = '';
    $script .= $self->script(0, blocks($self->{before})) if defined $self->{before};
    $script .= $self->script(0, { language => 'sh', line => 0, text => "a2enmod -q ssl\na2ensite -q default-ssl\nsystemctl restart apache2\n" }) if $self->{https};
    $script .= $self->script(1, @blocks);
    my $output = $self->run_script($script);
    return $self->judge_commands($output), $self->judge_outputs(@blocks);
}

sub run_script {
    my ($self, $script) = @_;
    my $sandbox = $self->sandbox;
    my $file = BrazeDocs::Sandbox::spew($sandbox->dir . '/script', "set -o pipefail\n$script");
    my ($said, %env) = ($sandbox->dir . '/said', $sandbox->environment);
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        %ENV = %env;
        chdir $env{HOME} or die;
        umask 022;
        open STDIN,  '<', '/dev/null' or die;
        open STDOUT, '>', $said       or die;
        open STDERR, '>&', \*STDOUT   or die;
        exec 'timeout', '--foreground', $self->{seconds} // 300, 'bash', '--noprofile', '--norc', $file or exit 127;
    }
    waitpid $pid, 0;
    return BrazeDocs::Sandbox::slurp($said);
}

# Between the marks of the script: what each command printed, and how it ended. Of a block, the first that failed.
sub judge_commands {
    my ($self, $output) = @_;
    my @parts = split /\036/, $output, -1;
    my (@results, %done);
    for my $command (@{ $self->{commands} }) {
        shift @parts; # what stood before the mark
        my ($said, $status) = splice @parts, 0, 2;
        my $block = $command->{block};
        $command->{said} = $self->sandbox->outside($said // '');
        my $why = !defined $said ? "was not reached: $command->{shown}" : !defined $status ? "did not end: $command->{shown}"
            : $status != 0 ? "ended with $status: $command->{shown}$command->{said}" : undef;
        $block->{said} .= $command->{said};
        next if !$command->{counted} && !defined $why;
        $why = "what comes before this page: $why" if !$command->{counted};
        next if $done{$block}++ && !defined $why;
        push @results, [ $block, $why ];
    }
    my %failed = map { $_->[0] => 1 } grep { defined $_->[1] } @results;
    return map { [ result(@$_) ] } grep { defined $_->[1] || !$failed{ $_->[0] } } @results;
}

# An output block shows what the sh block before it prints; "…" stands for whatever else, also whole lines.
sub judge_outputs {
    my ($self, @blocks) = @_;
    my (@results, $last);
    for my $block (@blocks) {
        if ($block->{language} ne 'output') { $last = $block if $block->{language} =~ /\A(?:sh|done)\z/; next }
        my $said = $last ? $last->{said} // '' : '';
        push @results, [ result($block, is_shown($block->{text}, $said) ? undef : "the command prints otherwise:\n$said") ];
    }
    return @results;
}

sub is_shown {
    my ($shown, $said) = @_;
    my $pattern = '';
    for my $line (split /\n/, $shown) {
        if ($line =~ /\A\s*…\s*\z/) { $pattern .= '(?:.*\n)*?'; next }
        my @words = split ' ', $line;
        $pattern .= '[ \t]*' . join('[ \t]+', map { join '.*?', map {quotemeta} split /…/, $_, -1 } @words) . '[ \t]*\n';
    }
    utf8::encode($said) if utf8::is_utf8($said);
    $said =~ s/\A\n+|\n+\z//g;
    return "$said\n" =~ /\A$pattern\z/;
}

# --- configuration -------------------------------------------------------------------------------------------

# apache2 -t on a configuration that is complete but for this text; undef when it is taken.
sub refused {
    my ($self, $text) = @_;
    my $sandbox = $self->sandbox;
    my ($etc, $root, $modules) = ($sandbox->root . '/etc/apache2', $sandbox->root, '/usr/lib/apache2/modules');
    my @more = map {"LoadModule ${_}_module $modules/mod_$_.so"} qw(dbd proxy proxy_http remoteip ssl socache_shmcb include headers rewrite);
    my @ours = map {"LoadModule braze_${_}_module $self->{build}/mod_braze_$_.so"} qw(jit scim);
    BrazeDocs::Sandbox::spew("$root/t.conf", join "\n", "ServerRoot $etc", "DefaultRuntimeDir $root", "PidFile $root/t.pid", "ErrorLog $root/t.log", 'ServerName localhost',
        "Listen 127.0.0.1:1", 'IncludeOptional mods-enabled/*.load', 'IncludeOptional mods-enabled/*.conf', @more, @ours, $sandbox->inside($text), '');
    my %env = $sandbox->environment;
    local @ENV{ keys %env } = values %env;
    my $said = `. '$etc/envvars'; /usr/sbin/apache2 -t -f '$root/t.conf' 2>&1`;
    return $? == 0 ? undef : $sandbox->outside($said =~ s{\Q$root\E/t\.conf}{the block}gr);
}

# As it stands; or, where httpd says that it belongs into a section, in one.
sub check_apache {
    my ($self, $block) = @_;
    my $why = $self->refused($block->{text});
    $why = $self->refused("<Location \"/here\">\n$block->{text}</Location>\n") if defined $why && $why =~ /not allowed (?:here|in this context)/;
    return result($block, $why);
}

# Of a directive's head, the default is a line that httpd takes, if there is one.
sub heads {
    my ($self, @heads) = @_;
    my @lines = map { $_->{text} =~ /^Default: +(Braze\w+ .+)$/m ? [ $_, $1 ] : () } @heads;
    return if !@lines || !defined $self->refused(join '', map {"$_->[1]\n"} @lines);
    return grep { !$_->[0] } map { [ result($_->[0], $self->refused("$_->[1]\n")) ] } @lines;
}

# --- data -------------------------------------------------------------------------------------------------------

sub check_json {
    my ($self, $block) = @_;
    return result($block, eval { JSON::PP->new->decode($block->{text}); 1 } ? undef : $@);
}

sub check_xml {
    my ($self, $block) = @_;
    require XML::LibXML;
    return result($block, eval { XML::LibXML->load_xml(string => $block->{text}, no_network => 1); 1 } ? undef : "$@");
}

sub check_yaml {
    my ($self, $block) = @_;
    my $file = BrazeDocs::Sandbox::spew($self->sandbox->dir . '/yaml', $block->{text});
    my $said = `/usr/bin/python3 -c 'import sys, yaml; yaml.safe_load(open(sys.argv[1]))' '$file' 2>&1`;
    return result($block, $? == 0 ? undef : $said);
}

sub check_sql {
    my ($self, $block) = @_;
    my @wrong = map { $_->wrong_with($block->{text}) } @{ $self->{databases} };
    return result($block, @wrong ? join "\n", @wrong : undef);
}

1;
