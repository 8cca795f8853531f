# frozen_string_literal: true

# One file of test/programs and what its head comment says about running it.
#
# `# requires: 3.1` (skipped below), `# arguments: a "b c"`, `# stdin: one\ntwo`,
# `# environment: NAME=value`, `# options: --io none` (the recorder's), `# events: vary (reason)`
# from run to run, `# strands: vary (reason)` even each thread's on its own,
# `# golden: none (reason)`.
require "shellwords"

class Program
  FOLDER = File.expand_path("../programs", __dir__)

  attr_reader :name, :path

  # Every file that is a program; those in folders are parts, but for main.rb.
  def self.all
    files = Dir[File.join(FOLDER, "*.rb"), File.join(FOLDER, "*", "main.rb")]
    files.sort.map { |file| new(file.delete_prefix("#{FOLDER}/")) }
  end

  def initialize(path)
    @path = path
    @name = path.delete_suffix(".rb").delete_suffix("/main")
    @head = File.foreach(File.join(FOLDER, path)).take_while { |line| line.start_with?("#") }.join
  end

  def runs_here?
    Gem::Version.new(RUBY_VERSION) >= Gem::Version.new(said("requires") || "2.7")
  end

  def arguments
    Shellwords.split(said("arguments").to_s)
  end

  # The recorder's own flags.
  def options
    Shellwords.split(said("options").to_s)
  end

  def stdin
    said("stdin").to_s.gsub("\\n", "\n")
  end

  def environment
    said("environment").to_s.split.map { |word| word.split("=", 2) }.to_h
  end

  # Whether two runs fire the same events in the same order.
  def repeatable?
    !said("events").to_s.start_with?("vary")
  end

  # Whether each thread and fiber on its own fires the same events.
  def strands_repeatable?
    !said("strands").to_s.start_with?("vary")
  end

  def golden?
    repeatable? && !said("golden").to_s.start_with?("none")
  end

  # Whether each thread's own events have a golden, where the order of all has none.
  def strands_golden?
    !repeatable? && strands_repeatable? && !said("golden").to_s.start_with?("none")
  end

  private

  def said(key)
    @head[/^# #{key}: (.*)$/, 1]
  end
end
