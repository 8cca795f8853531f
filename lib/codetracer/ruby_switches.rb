# frozen_string_literal: true

# Ruby's own command line: which words are switches of the interpreter, and what it will run.
#
# Used on the outer ruby's words, whose switches the program's ruby gets too (OuterRuby), and on
# what stands behind `--` (Launcher). Follows proc_options in CRuby's ruby.c.
require_relative "recording_folder"

module CodeTracer
  class RubySwitches
    WITH_WORD = "erICXE" # the value is the rest of the word or the next word
    WITH_REST = "xFiKTW0" # the value is the rest of the word only
    LONG_WITH_WORD = %w[
      --enable --disable --encoding --external-encoding --internal-encoding --dump
      --backtrace-limit --parser --crash-report
    ].freeze
    # These have done their work in the outer ruby, or belong to its script and not to the program.
    # (-v printed the version already; it leaves the verbosity, -w, behind.)
    NOT_INHERITED = /\A-[eCXxSnpalsch]/.freeze
    FOLDER = /\A-[CXx]/.freeze
    INHERITED_AS = { "-v" => "-w" }.freeze

    attr_reader :script, :arguments

    def initialize(words)
      @words = words.dup
      @switches = []
      parse
    end

    # "-e" when the program is on the command line, "-" when it comes from stdin, else the script.
    def program
      return "-e" if switch?("-e")

      script || "-"
    end

    # The switches that a ruby started in place of this one needs to be like it.
    def inherited
      kept = @switches.reject { |switch| NOT_INHERITED.match?(switch.first) }
      kept.flat_map { |name, *value| [INHERITED_AS.fetch(name, name), *value] }
    end

    # Where Ruby goes before it looks for its script: -C, -X and -x may name folders.
    def folder
      named = @switches.map { |name, value| value || name[2..-1] if FOLDER.match?(name) }
      named.compact.reduce(RecordingFolder.current) { |at, name| File.absolute_path(name.b, at) }
    end

    def switch?(name)
      @switches.any? { |switch| switch.first.start_with?(name) }
    end

    private

    def parse
      while (word = @words.first)
        break if word == "-" || !word.start_with?("-")

        @words.shift
        break if word == "--"

        word.start_with?("--") ? take_long(word) : take_letters(word[1..-1])
      end
      @script = @words.shift unless switch?("-e")
      @arguments = @words
    end

    def take_long(word)
      @switches << (LONG_WITH_WORD.include?(word) ? [word, *@words.shift] : [word])
    end

    # "-wIlib" is -w and -I lib.
    def take_letters(letters)
      until letters.empty?
        letter = letters.slice(0)
        rest = letters[1..-1]
        return @switches << ["-#{letters}"] if WITH_REST.include?(letter)
        return take_value(letter, rest) if WITH_WORD.include?(letter)

        @switches << ["-#{letter}"]
        letters = rest
      end
    end

    def take_value(letter, rest)
      @switches << (rest.empty? ? ["-#{letter}", *@words.shift] : ["-#{letter}#{rest}"])
    end
  end
end
