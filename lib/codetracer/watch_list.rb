# frozen_string_literal: true

# The words of --watch: global and class variables that are recorded where they change.
#
# Used by RecordingOptions.
module CodeTracer
  module WatchList
    IDENTIFIER = /[a-zA-Z_\p{^ASCII}][\w\p{^ASCII}]*/.freeze
    CONSTANT = /[[:upper:]][\w\p{^ASCII}]*/.freeze
    GLOBAL = %r{\A\$(?:#{IDENTIFIER}|-\w|[!?*$:"<>./0\\])\z}.freeze
    CLASS_VARIABLE = /\A(?:#{CONSTANT}(?:::#{CONSTANT})*(?:\.|::))?@@#{IDENTIFIER}\z/.freeze
    # Each frame has its own, or to read them is to call the program.
    UNREADABLE = /\A\$(?:[~_&`'+@]|[1-9]\d*|FILENAME|MATCH|PREMATCH|POSTMATCH|LAST_PAREN_MATCH|
                         LAST_MATCH_INFO|LAST_READ_LINE|ERROR_POSITION)\z/x.freeze

    module_function

    # [words, nil], or [nil, what is wrong].
    def parse(text)
      words = text.dup.force_encoding(Encoding::UTF_8).split(",", -1)
      words.each do |word|
        return [nil, "#{word} is no variable to watch ($x, @@y, A::B.@@y)"] unless
          word.valid_encoding? && (GLOBAL.match?(word) || CLASS_VARIABLE.match?(word) ||
                                   UNREADABLE.match?(word))
        return [nil, "#{word} cannot be watched: it is not the program's alone"] if
          UNREADABLE.match?(word)
      end
      [words, nil]
    end
  end
end
