# frozen_string_literal: true

# Where in a TOML text each key and its value stand.
#
# Used by Toml on text that a parser has accepted: it need not know what is wrong, only what begins
# where. An inline table is one place.
require_relative "fault"

module CodeTracer
  module Filter
    class TomlPlaces
      NAME = /"(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+/.freeze
      TABLE = /\A\s*(\[\[?)([^\[\]]+)\]/.freeze
      PAIR = /\A\s*(#{NAME}(?:\s*\.\s*#{NAME})*)\s*=\s*/.freeze
      # What decides where a value ends.
      MARK = /"""|'''|"(?:[^"\\]|\\.)*"|'[^']*'|#.*|[\[\]{}]/.freeze
      LONG_QUOTES = ['"""', "'''"].freeze

      Entry = Struct.new(:key, :value) # Places of both

      def initialize(text, path)
        @path = path
        @entries = {}
        @counts = Hash.new(-1)
        @table, @depth, @quote = [], 0, nil
        text.each_line(chomp: true).with_index(1) { |line, number| read(line, number) }
      end

      # Of a path such as ["scope", "rules", 0, "exec"], or the nearest around it.
      def find(keys)
        until keys.empty?
          return @entries[keys] if @entries.key?(keys)

          keys = keys[0..-2]
        end
      end

      private

      def read(line, number)
        return skip_value(line) if @quote || @depth.positive?

        if (match = TABLE.match(line))
          put_table(match, number)
        elsif (match = PAIR.match(line))
          column = line.index(/\S/) + 1
          @entries[@table + names_of(match[1])] =
            Entry.new(place(number, column), place(number, match.end(0) + 1))
          skip_value(match.post_match)
        end
      end

      # Whether it goes on in the next line.
      def skip_value(text)
        text.scan(MARK) do |mark|
          if @quote
            @quote = nil if mark == @quote
          elsif LONG_QUOTES.include?(mark) then @quote = mark
          elsif ["[", "{"].include?(mark) then @depth += 1
          elsif ["]", "}"].include?(mark) then @depth -= 1
          end
        end
      end

      def put_table(match, number)
        names = names_of(match[2])
        is_list = match[1] == "[["
        path = numbered(is_list ? names[0..-2] : names)
        path += [names.last, @counts[path + [names.last]] += 1] if is_list
        found = place(number, match[0].index("[") + 1)
        @entries[path] = Entry.new(found, found)
        @table = path
      end

      # With the number of the last element where a name stands for a list.
      def numbered(names)
        names.each_with_object([]) do |name, path|
          path << name
          path << @counts[path] if @counts.key?(path)
        end
      end

      def names_of(text)
        text.scan(NAME).map { |name| name.gsub(/\A["']|["']\z/, "") }
      end

      def place(line, column)
        Place.new(@path, line, column)
      end
    end
  end
end
