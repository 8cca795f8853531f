# frozen_string_literal: true

# Where a program can lie: names that broke recorders, links, files that change while they run.
#
# A table of EquivalenceTest.
require_relative "program_start"

module Places
  ECHO = "def m(a)\n a + 1\nend\np m(1), $0, __FILE__, __dir__, caller\nraise 'here' if ARGV[0]\n"
  NAMES = {
    "spaces" => "a b  c.rb", "quotes" => "q'\"`q.rb", "newline" => "new\nline.rb",
    "non-ASCII" => "\u00e9\u65e5\u672c.rb", "bytes" => "caf\xE9.rb".b, "no suffix" => "script",
    "recorder" => "recorder.rb", "other recorder" => "x_recorder.rb", "gems" => "gems/x/lib/a.rb",
    "library" => "lib/ruby/3.1.0/a.rb", "tilde" => "~tilde.rb", "shell" => "$x;y&.rb",
    "backslash" => "back\\slash.rb", "dollar" => "$(exit 3).rb", "percent" => "%s%n.rb",
    "angle" => "<internal:x>.rb", "minus" => "./-e", "hidden" => ".hidden", "colon" => "a:1:b.rb",
    "long" => "#{'n' * 240}.rb", "deep" => "#{'d/' * 100}p.rb", "eval" => "(eval).rb",
    "json" => "trace.json", "codetracer" => "codetracer/native.rb"
  }.freeze

  def self.of(name, text = nil, **fields)
    ProgramStart.of(name, text, **fields)
  end

  NAMED = NAMES.map { |name, path| of(name, words: [path, "x"], files: { path => ECHO }) }.freeze

  LINKED = [
    of("symlink", ECHO, links: { "link.rb" => "p.rb" }, words: ["link.rb"]),
    of("symlinked folder", words: ["link/p.rb"], links: { "link" => "real" },
                           files: { "real/p.rb" => "require_relative 'q'\n", "real/q.rb" => ECHO }),
    of("dots", ECHO, words: ["./tmp/.././p.rb"]),
    of("pipe", shell: '"$@" /dev/fd/9 9<<"END"' + "\np __FILE__, 1\nEND\n", words: []),
    of("absolute", words: ["/proc/self/cwd/p.rb"], files: { "p.rb" => ECHO })
  ].freeze

  CHANGING = [
    of("deletes itself", "File.delete(__FILE__)\nx = 1\nputs x\n"),
    of("rewrites itself", "File.write(__FILE__, \"puts 2\\n\" * 9)\nputs 1\nload __FILE__\n"),
    of("autoload", "autoload :Part, './part'\np Object.autoload?(:Part), Part::X\n",
       files: { "part.rb" => "module Part\n  X = __FILE__[-7..-1]\nend\n" }),
    of("load", "2.times { load './part.rb' }\nload './part.rb', true\np defined?(X)\n",
       files: { "part.rb" => "p self\nX ||= 0\nX.class\n" }),
    of("require twice", "p require('./part'), require('./part'), require_relative('part')\n",
       files: { "part.rb" => "p __method__\n" }),
    of("circular", "require './a'\n", files: { "a.rb" => "require './b'\nputs :a\n",
                                              "b.rb" => "require './a'\nputs :b\n" }),
    of("chdir", "Dir.chdir('tmp')\nFile.write('x', Dir.pwd)\nDir.chdir('..') { p __dir__ }\n"),
    of("folder is gone", shell: 'mkdir gone && cd gone && rmdir ../gone && "$@"; echo "status $?"',
       words: ["-e", "p 1"]),
    of("its folder goes", "require 'fileutils'\nFileUtils.rm_r('sub')\nx = 1\nputs x\n" \
                          "begin\n  require_relative 'q'\nrescue LoadError\n  puts :gone\nend\n",
       files: { "sub/p.rb" => "load 'p.rb'\n" }),
    of("temporary files", "require 'tempfile'\nTempfile.create { |f| f.write('x') }\n" \
                          "p Dir.children(ENV['TMPDIR'])\n")
  ].freeze

  ALL = [*NAMED, *LINKED, *CHANGING].freeze
end
