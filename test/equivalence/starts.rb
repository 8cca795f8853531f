# frozen_string_literal: true

# How a program can be started: Ruby's switches, standard input, the tools around it.
#
# A table of EquivalenceTest.
require_relative "program_start"

module Starts
  ECHO = "p ARGV, $0, __FILE__, $VERBOSE, $-l, $-a, $/\n"
  MINITEST = <<~RUBY
    require "minitest/autorun"
    class SumTest < Minitest::Test
      def test_sum
        assert_equal 3, [1, 2].sum
      end

      def test_wrong
        refute_equal 3, [1, 2].sum
      end
    end
    Minitest.after_run { puts "after" }
  RUBY
  # What takes time is printed.
  QUIET_MINITEST = "#{MINITEST}module Minitest; def self.clock_time; 0.0; end; end\n"
  RSPEC = <<~RUBY
    RSpec.describe Array do
      let(:list) { [1, 2] }
      it("sums") { expect(list.sum).to eq(3) }
      it("is wrong") { expect(list.size).to eq(3) }
    end
  RUBY
  RAKEFILE = <<~RUBY
    task default: %w[sum out.txt]
    task(:sum) { puts [1, 2].sum }
    file("out.txt") { |task| File.write(task.name, "made") }
  RUBY
  TOOL = "#!/usr/bin/env ruby -w\nrequire_relative '../lib/part'\np PART, $0\n"
  BEHIND = "This is a letter.\n#!/usr/bin/ruby -w\np $VERBOSE, __LINE__, DATA.read\n__END__\nrest\n"

  def self.of(name, text = nil, **fields)
    ProgramStart.of(name, text, **fields)
  end

  SWITCHES = [
    of("e", words: ["-e", "x = 5", "-e", "puts x + __LINE__", "arg"]),
    of("e that fails", words: ["-e", "def m\n raise KeyError, 'no'\nend\nm"]),
    of("n", words: ["-ne", "BEGIN { n = 0 }; n += 1; END { p n, $. }"], stdin: "a\nb\n"),
    of("p", words: ["-pe", "$_.upcase!"], stdin: "a\nb\n"),
    of("a F", words: ["-F:", "-ane", "p $F"], stdin: "a:b\nc:d\n"),
    of("l", words: ["-lne", "p $_"], stdin: "a\nb\n"),
    of("i", words: ["-i.bak", "-pe", "$_.upcase!", "t.txt"], files: { "t.txt" => "a\nb\n" }),
    of("zero", words: ["-0777", "-ne", "p $_"], stdin: "a\n\nb\n"),
    of("x", words: ["-x", "letter"], files: { "letter" => BEHIND }),
    of("x folder", words: ["-xsub", "letter"], files: { "sub/letter" => BEHIND }),
    of("s", "p $flag, $name, ARGV\n", words: ["-s", "p.rb", "-flag", "-name=x", "y"]),
    of("C", words: ["-C", "sub", "p.rb"], files: { "sub/p.rb" => "puts Dir.pwd, __FILE__\n" }),
    of("I r", "p PART, $:.first, $LOADED_FEATURES.grep(/part|codetracer/)\n",
       words: ["-Ilib", "-rpart", "p.rb", "-x"], files: { "lib/part.rb" => "PART = 1\n" }),
    of("w", "p $VERBOSE\nx = 1\ndef a; end\ndef a; end\n", words: ["-w", "p.rb"]),
    of("W0", "warn 'x'\np $VERBOSE\n", words: ["-W0", "p.rb"]),
    of("c", "puts 1\n", words: ["-c", "p.rb"], trace: :none),
    of("v", "p $VERBOSE\n", words: ["-v", "p.rb"]),
    of("version", words: ["--version"], trace: :none),
    of("disable gems", "p defined?(Gem), $LOADED_FEATURES.size\n",
       words: ["--disable=gems", "p.rb"]),
    of("encodings", "p Encoding.default_external, Encoding.default_internal, __ENCODING__\n",
       words: ["-Eutf-8:euc-jp", "-Ku", "p.rb"]),
    of("frozen literals", "p 'a'.frozen?\n", words: ["--enable=frozen-string-literal", "p.rb"]),
    of("yjit", "p 1 + 1\n", words: ["--yjit", "p.rb"], requires: :yjit),
    of("two dashes", ECHO, words: ["--", "p.rb", "-w", "--", "-"]),
    of("stdin", words: ["-", "x"], stdin: "#{ECHO}p gets, DATA.read rescue p $!.class\n" \
                                          "__END__\nz\n"),
    of("stdin empty", words: ["-"], stdin: ""),
    of("argf", "puts ARGF.read, ARGF.filename, $<.lineno\n", words: %w[p.rb a b],
       files: { "a" => "1\n", "b" => "2\n" }),
    of("RUBYOPT", ECHO, env: { "RUBYOPT" => "-w" }),
    of("RUBYOPT r", "p PART, ENV['RUBYOPT']\n", env: { "RUBYOPT" => "-I./lib -rpart" },
       files: { "lib/part.rb" => "PART = 1\n" }),
    of("RUBYLIB", "require 'part'\np PART, ENV['RUBYLIB']\n", env: { "RUBYLIB" => "lib" },
       files: { "lib/part.rb" => "PART = 1\n" })
  ].freeze

  FILES = [
    of("shebang switches", "#!/usr/bin/ruby -w\np $VERBOSE\nx = 1\n"),
    of("syntax error", "x = 1\nif\n", trace: :none),
    of("missing feature", "require 'no/such/feature'\n"),
    of("byte order mark", "\u{FEFF}p __ENCODING__, 1\n"),
    of("carriage returns", "p 1\r\nputs <<A\r\nx\r\nA\r\n__END__\r\n"),
    of("magic comments", "# encoding: euc-jp\n# frozen_string_literal: true\n" \
                         "p __ENCODING__, ''.frozen?\n"),
    of("empty", ""),
    of("data", "p DATA.read, DATA.lineno, DATA.pos\nDATA.rewind\np DATA.gets\n__END__\na\nb\n"),
    of("self reading", "puts File.read(__FILE__), __dir__, caller.inspect\n")
  ].freeze

  TOOLS = [
    of("binstub", words: ["bin/tool"],
       files: { "bin/tool" => TOOL, "lib/part.rb" => "PART = 1\n" }),
    of("bundler", "p defined?(Bundler), ENV['RUBYOPT'].to_s.include?('bundler/setup')\n",
       files: { "Gemfile" => "" }, env: { "HOME" => "." }, shell: 'bundle exec "$@"',
       requires: "bundle"),
    of("bundler inside", "require 'bundler/setup'\np Bundler.root.basename\n",
       files: { "Gemfile" => "" }, env: { "HOME" => "." }),
    of("rake", words: %w[-S rake], files: { "Rakefile" => RAKEFILE }, requires: "rake"),
    of("rake error", words: %w[-S rake none], files: { "Rakefile" => RAKEFILE }, requires: "rake"),
    of("minitest", QUIET_MINITEST, words: %w[p.rb --seed 1]),
    of("rspec", words: %w[-S rspec --no-profile --format json --out /dev/null --format progress
                          -r./still p_spec.rb],
       files: { "p_spec.rb" => RSPEC, "still.rb" => <<~RUBY }, requires: "rspec"),
         RSpec::Core::Time.singleton_class.class_eval { define_method(:now) { ::Time.at(0) } }
         RSpec::Core::Time.define_singleton_method(:now) { ::Time.at(0) }
         module RSpec::Core::Formatters::Helpers; def self.format_duration(*) = "0 s"; end
       RUBY
    of("irb", words: %w[-S irb -f --noreadline --noprompt script], requires: "irb",
              files: { "script" => "x = [1]\nx << 2\nputs x.sum\nraise 'no' rescue p $!\n" }),
    of("erb", words: %w[-S erb t.erb],
       files: { "t.erb" => "<% 2.times do |i| %><%= i %>,<% end %>\n" })
  ].freeze

  ALL = [*SWITCHES, *FILES, *TOOLS].freeze
end
