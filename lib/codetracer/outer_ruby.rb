# frozen_string_literal: true

# The ruby that runs the launcher: its executable, the name it was called by, its switches.
#
# Used by Launcher, so that the program's ruby is what `ruby prog.rb` would have been in its place.
# Linux tells the words exactly; elsewhere they are guessed from what they did.
require_relative "ruby_config"
require_relative "ruby_switches"

module CodeTracer
  class OuterRuby
    # Without these its TracePoint knows no lines and no variables (doc/design/pure-rubies.md).
    JRUBY_SWITCHES = %w[--debug -X-C].freeze

    # `own_switch`: one that is the front door's and not the user's, or nil.
    def initialize(own_switch: nil)
      @own_switch = own_switch
      @words = read_words
    end

    def executable
      built = RubyConfig.ruby
      File.executable?(built) ? built : File.readlink("/proc/self/exe")
    end

    def name
      @words ? @words.first : executable
    end

    # [switch or its value, …]
    def inherited_switches
      words = @words ? @words.drop(1) : guessed_switches
      words.shift if words.first == @own_switch
      inherited = RubySwitches.new(words).inherited
      RUBY_ENGINE == "jruby" ? inherited + JRUBY_SWITCHES : inherited
    end

    private

    def read_words
      return if RUBY_ENGINE != "ruby" # there it is Java's

      File.binread("/proc/self/cmdline").split("\0", -1)[0...-1]
    rescue SystemCallError
      nil
    end

    def guessed_switches
      switches = []
      switches << "-W#{$VERBOSE.nil? ? 0 : 2}" unless $VERBOSE == false
      switches << "-d" if $DEBUG
      switches << "--disable=gems" unless defined?(Gem) || @own_switch
      switches << "--yjit" if defined?(RubyVM::YJIT.enabled?) && RubyVM::YJIT.enabled?
      switches + include_folders.map { |folder| "-I#{folder}" }
    end

    def include_folders
      standard = %w[sitelibdir vendorlibdir rubylibdir].map { |name| RubyConfig[name] }
      leading = $LOAD_PATH.take_while { |folder| !standard.include?(folder) }
      leading - ENV["RUBYLIB"].to_s.split(File::PATH_SEPARATOR)
    end
  end
end
