# frozen_string_literal: true

# Finds secrets in text by their form, by the name before them, and by their value.
#
# Used by the launcher on the command's arguments and by the pure recorder on all text; it requires
# nothing but its parts. Mirrors libctrace/src/base/text_secret.c.
require_relative "known_secrets"
require_relative "secret_names"

module CodeTracer
  module Filter
    class SecretText
      MARK = "<redacted>"
      NAME_SIZE_MAX = 128
      TOKEN_SIZE_MIN = 12 # of anything that is found by its form alone
      LABEL_SIZE_MAX = 64
      # Without any of these there is nothing to find by form.
      SIGNS = /[=:]|eyJ|AKIA|ASIA|AROA|AIDA|AIza|gh[opusr]_|github_pat_|glpat-|npm_|xox[abprs]-
              |[sr]k_(?:live|test)_|sk-|-----BEGIN\ |[3-6][0-9](?:[\ -]?[0-9]){11}/xn.freeze
      STARTS = %r{[A-Za-z0-9_]+|-----BEGIN |://}n.freeze
      IN_WORD = /[A-Za-z0-9_]/n.freeze
      # prefix, what follows it, and how much: at least, at most (nil: any)
      TOKENS = [
        ["AKIA", /\G[A-Z0-9]*/n, 16, 16], ["ASIA", /\G[A-Z0-9]*/n, 16, 16],
        ["AROA", /\G[A-Z0-9]*/n, 16, 16], ["AIDA", /\G[A-Z0-9]*/n, 16, 16],
        ["AIza", /\G[\w-]*/n, 35, 35],
        *%w[ghp_ gho_ ghu_ ghs_ ghr_].map { |prefix| [prefix, /\G[A-Za-z0-9]*/n, 30, nil] },
        ["github_pat_", /\G\w*/n, 22, nil], ["glpat-", /\G[\w-]*/n, 20, nil],
        ["npm_", /\G[A-Za-z0-9]*/n, 36, nil],
        *%w[xoxa- xoxb- xoxp- xoxr- xoxs-].map { |prefix| [prefix, /\G[A-Za-z0-9-]*/n, 10, nil] },
        *%w[sk_live_ rk_live_ sk_test_ rk_test_].map do |prefix|
          [prefix, /\G[A-Za-z0-9]*/n, 16, nil]
        end,
        ["sk-", /\G[\w-]*/n, 20, nil]
      ].freeze
      JWT = /\GeyJ[\w-]{5,}\.eyJ[\w-]*(?:\.[\w-]*)?/n.freeze
      CARD = /\G[0-9](?:[ -]?[0-9]){0,18}/n.freeze
      PEM_LABEL = /\G-----BEGIN ([^-]{0,64})/mn.freeze
      URL = %r{\G://(?<user>[^ \t\r\n\0/?\#"'<>@:]*):(?<password>[^ \t\r\n\0/?\#"'<>@]+)@}n.freeze
      NAME = /\G[\w-]+/n.freeze
      SEPARATOR = /\G(?:\\*["'])?\]?[ \t]{0,2}(?:=>|=(?!=)|:(?!:))[ \t]{0,2}/n.freeze
      QUOTE = /\G(\\*)(["'])/n.freeze
      BARE = /\G[^ \t\r\n\0,&;)}\]>\[{(<"'\\]*/n.freeze
      LINE = /\G[^\r\n]*/n.freeze
      NOTHING = /\A(?:nil|null|true|false|none)\z/in.freeze
      SCHEME = /\A(?:bearer|basic|token|digest)\z/in.freeze
      HEADER = /(?:cookie|authorization)\z/in.freeze

      # `names` is a SecretNames or nil, `known` a KnownSecrets.
      def initialize(names, known = KnownSecrets.new([]))
        @names, @known = names, known
      end

      # The binary text without its secrets, or nil: it has none.
      def mask(text)
        replace(text) { |size| size < MARK.size ? "*" * size : MARK }
      end

      # With `*` over each, so that lines and columns stay; nil as above.
      def blank(text)
        replace(text) { |_size, secret| secret.gsub(/[^\n]/mn, "*") }
      end

      def learn(text)
        @known.add(text)
      end

      def learnt_count
        @known.learnt_count
      end

      private

      # Yields size and text of each secret, for what is put in its place.
      def replace(text)
        formed = SIGNS.match?(text) ? find_by_form(text, 0) : nil
        known = @known.find(text, 0)
        out, from = "".b, 0
        while (place = nearer(formed, known))
          offset, size = place
          size, known = extend_over(text, offset, size, known)
          out << text.byteslice(from, offset - from)
          out << yield(size, text.byteslice(offset, size)).b
          from = offset + size
          formed = following(text, from, formed)
        end
        out << text.byteslice(from, text.bytesize) if from.positive?
      end

      # Known secrets that begin in it may end behind it. The size of all, and the next known one.
      def extend_over(text, offset, size, known)
        stop = offset + size
        while known && known.first < stop
          stop = [stop, known.sum].max
          known = @known.find(text, known.first + 1)
        end
        [stop - offset, known]
      end

      # The one that is found by form at or behind `from`, of which what was found before may be
      # it: looked for again where that is cut off, and where a word now begins.
      def following(text, from, formed)
        return find_by_form(text, from) if formed && formed.last < from

        match = STARTS.match(text, from)
        return formed unless match && match.begin(0) == from

        found = find_at(text, from, match[0], pairs?(text), from)
        found ? [*found, from] : formed
      end

      # [offset, size] of what comes first, or nil.
      def nearer(formed, known)
        return formed || known if formed.nil? || known.nil?

        [formed, known].min_by { |offset, size, _| [offset, -size] }
      end

      # [offset, size, where it was seen] of the first secret at or behind `from`, or nil. What
      # stands before that is no part of a word: the text's beginning, or a mark.
      def find_by_form(text, from)
        has_pairs, first = pairs?(text), from
        return if !has_pairs && text.bytesize - from < TOKEN_SIZE_MIN

        while (match = STARTS.match(text, from))
          at = match.begin(0)
          found = find_at(text, at, match[0], has_pairs, first)
          return [*found, at] if found

          from = IN_WORD.match?(match[0][0]) ? match.end(0) : at + 1
        end
      end

      def pairs?(text)
        !@names.nil? && (text.include?("=") || text.include?(":"))
      end

      def find_at(text, at, start, has_pairs, first)
        case start
        when "://" then url_password(text, at)
        when "-----BEGIN " then pem(text, at)
        else
          return if at > first && IN_WORD.match?(text[at - 1])

          token(text, at) || (named(text, at) if has_pairs)
        end
      end

      def token(text, at)
        return card(text, at) if text.getbyte(at).between?(48, 57)

        jwt = JWT.match(text, at)
        return [at, jwt[0].size] if jwt

        TOKENS.each do |prefix, rest, least, most|
          next unless text.byteslice(at, prefix.size) == prefix

          size = rest.match(text, at + prefix.size)[0].size
          return [at, prefix.size + size] if size >= least && (most.nil? || size <= most)
        end
        nil
      end

      # The check digit is Luhn's.
      def card(text, at)
        size = CARD.match(text, at)[0].size
        digits = text.byteslice(at, size).scan(/[0-9]/n).map(&:to_i)
        following = text[at + size]
        return if digits.size < 13 || !digits.first.between?(3, 6) ||
                  (following && IN_WORD.match?(following))

        sum = digits.reverse.each_with_index.sum do |digit, index|
          digit <<= index & 1
          digit > 9 ? digit - 9 : digit
        end
        [at, size] if (sum % 10).zero?
      end

      def pem(text, at)
        label = PEM_LABEL.match(text, at)[1]
        return if label.include?("PUBLIC") || label.include?("CERTIFICATE")

        close = text.index("-----END ", at)
        close = text.index("-----", close + 9) if close
        [at, (close ? close + 5 : text.size) - at]
      end

      def url_password(text, at)
        match = URL.match(text, at)
        [match.begin(:password), match[:password].size] if match
      end

      def named(text, at)
        name = NAME.match(text, at)[0]
        separator = name.size <= NAME_SIZE_MAX ? SEPARATOR.match(text, at + name.size) : nil
        return if separator.nil? || separator.end(0) >= text.size || !@names.secret?(name)

        value(text, separator.end(0), HEADER.match?(name))
      end

      def value(text, at, is_line)
        quote = QUOTE.match(text, at)
        if quote
          size = quoted_size(text, quote.end(0), quote[1].size, quote[2])
          return size.zero? ? nil : [quote.end(0), size]
        end
        bare = BARE.match(text, at)[0]
        return if bare.empty? || NOTHING.match?(bare)

        [at, bare_size(text, at, bare, is_line)]
      end

      def bare_size(text, at, bare, is_line)
        return LINE.match(text, at)[0].size if is_line
        return bare.size unless SCHEME.match?(bare) && text[at + bare.size] == " "

        bare.size + 1 + BARE.match(text, at + bare.size + 1)[0].size
      end

      # To the quote that closes: the same one behind as many backslashes, or the line's end.
      def quoted_size(text, at, backslash_count, quote)
        from = at
        while (place = text.index(/[\n#{quote}]/n, from))
          return place - at if text[place] == "\n"

          count = text.byteslice(at, place - at)[/\\*\z/n].size
          return place - count - at if count == backslash_count

          from = place + 1
        end
        text.size - at
      end
    end
  end
end
