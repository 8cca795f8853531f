# frozen_string_literal: true

# Values that are shown as words: classes, objects met before, and what the limits leave out.
#
# Included by ValueTree, whose state it uses. Mirrors libctrace/src/value/snapshot_text.c.
require_relative "json"
require_relative "text"
require_relative "value_type"

module CodeTracer
  module Pure
    module ValueWords
      private

      def put_module(object)
        put_raw(@kinds.type_of_module(object), @kinds.words_of_module(object))
      end

      # An object met before in this value. It is numbered before its class is, if that has to be.
      def put_met(object, kind)
        number = @identities.of(object)
        put_raw(kind.type, words_of(kind, number, ">"))
      end

      def put_cut(kind, number, count)
        @is_cut = true
        put_raw(kind.type, words_of_cut(kind, number, count))
      end

      def put_raw(type, text)
        "{\"kind\":\"Raw\",\"r\":#{Json.string(text)}#{ending(type, ValueType::RAW)}"
      end

      def words_of_cut(kind, number, count)
        case kind.type.name
        when "Array" then "[… #{Text.decimal(count)} items]"
        when "Hash" then "{… #{Text.decimal(count)} pairs}"
        else words_of(kind, number, "#{", #{Text.decimal(count)} fields" if count > 0} …>")
        end
      end

      def words_of(kind, number, tail)
        "#<#{kind.type.name}#{" ##{Text.decimal(number)}" if number}#{tail}"
      end

      # The mark behind the first `kept_count` parts.
      def rest_of(prefix, kept_count, count)
        @is_cut = true
        text = "#{prefix}#{Text.decimal(count - kept_count)} more of #{Text.decimal(count)}"
        "{\"kind\":\"Raw\",\"r\":\"#{text}\"#{ending(@rest, ValueType::RAW)}"
      end

      # What lies deeper than readers go is shown as if a limit had cut it.
      def forget_parts(place, kind, number, count)
        @wanted.forget_from(place)
        put_raw(kind.type, words_of_cut(kind, number, count))
      end
    end
  end
end
