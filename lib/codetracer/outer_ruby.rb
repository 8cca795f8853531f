# frozen_string_literal: true

# The ruby that runs the launcher: its executable, the name it was called by, its switches.
#
# Used by Launcher, so that the program's ruby is what `ruby prog.rb` would have been in its place.
# Linux tells the words exactly; elsewhere they are guessed from what they did.
require "rbconfig"
require_relative "ruby_switches"

module CodeTracer
  module OuterRuby
    # Without these its TracePoint knows no lines and no variables (doc/design/pure-rubies.md).
    JRUBY_SWITCHES = %w[--debug -X-C].freeze

    module_function

    def executable
      built = RbConfig.ruby
      File.executable?(built) ? built : File.readlink("/proc/self/exe")
    end

    # [switch or its value, …]
    def inherited_switches
      inherited = RubySwitches.new(words ? words.drop(1) : guessed_switches).inherited
      RUBY_ENGINE == "jruby" ? inherited + JRUBY_SWITCHES : inherited
    end

    def name
      words ? words.first : executable
    end

    def words
      return if RUBY_ENGINE != "ruby" # there it is Java's

      File.binread("/proc/self/cmdline").split("\0", -1)[0...-1]
    rescue SystemCallError
      nil
    end

    def guessed_switches
      switches = []
      switches << "-W#{$VERBOSE.nil? ? 0 : 2}" unless $VERBOSE == false
      switches << "-d" if $DEBUG
      switches << "--disable=gems" unless defined?(Gem)
      switches << "--yjit" if defined?(RubyVM::YJIT.enabled?) && RubyVM::YJIT.enabled?
      switches + include_folders.map { |folder| "-I#{folder}" }
    end

    def include_folders
      standard = RbConfig::CONFIG.values_at("sitelibdir", "vendorlibdir", "rubylibdir")
      leading = $LOAD_PATH.take_while { |folder| !standard.include?(folder) }
      leading - ENV["RUBYLIB"].to_s.split(File::PATH_SEPARATOR)
    end
    private_class_method :words, :guessed_switches, :include_folders
  end
end
