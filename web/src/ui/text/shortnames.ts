// SPDX-License-Identifier: Apache-2.0
// Emoji by name, :tada:. The names that people know from other messengers; fetched when the first colon is written. Pure.

// A row: the emoji, then its names, the first one is the one that is shown.
const TABLE = `
😀 grinning|😃 smiley|😄 smile|😁 grin|😆 laughing satisfied|😅 sweat_smile|🤣 rofl|😂 joy|🙂 slight_smile|🙃 upside_down|🫠 melting_face|😉 wink|😊 blush|😇 innocent
🥰 smiling_face_with_hearts|😍 heart_eyes|🤩 star_struck|😘 kissing_heart|😋 yum|😛 tongue|😜 stuck_out_tongue_winking_eye|🤪 zany|🤑 money_mouth|🤗 hugs hugging|🤭 hand_over_mouth|🤫 shushing
🤔 thinking|🫡 salute|🤐 zipper_mouth|🤨 raised_eyebrow|😐 neutral_face|😑 expressionless|😶 no_mouth|😏 smirk|😒 unamused|🙄 roll_eyes|😬 grimacing|🤥 lying_face|😌 relieved|😔 pensive|😪 sleepy
😴 sleeping|😷 mask|🤒 thermometer_face|🤕 head_bandage|🤢 nauseated|🤮 vomiting|🤧 sneezing|🥵 hot_face|🥶 cold_face|🥴 woozy|😵 dizzy_face|🤯 exploding_head mind_blown|🤠 cowboy|🥳 partying|😎 sunglasses
🤓 nerd|🧐 monocle|😕 confused|😟 worried|🙁 slight_frown|☹️ frowning|😮 open_mouth|😯 hushed|😲 astonished|😳 flushed|🥺 pleading|😨 fearful|😰 cold_sweat|😥 disappointed_relieved|😢 cry|😭 sob
😱 scream|😖 confounded|😣 persevere|😞 disappointed|😓 sweat|😩 weary|😫 tired_face|🥱 yawning|😤 triumph|😡 rage pout|😠 angry|🤬 cursing|😈 smiling_imp|💀 skull|💩 poop|🤡 clown|👻 ghost|👽 alien
🤖 robot|😺 smiley_cat|😹 joy_cat|😻 heart_eyes_cat|🙈 see_no_evil|🙉 hear_no_evil|🙊 speak_no_evil|💋 kiss|💌 love_letter|💘 cupid|💖 sparkling_heart|💕 two_hearts|💔 broken_heart|❤️ heart|🧡 orange_heart
💛 yellow_heart|💚 green_heart|💙 blue_heart|💜 purple_heart|🖤 black_heart|🤍 white_heart|💯 100|💢 anger|💥 boom|💫 dizzy|💦 sweat_drops|💨 dash|💬 speech_balloon|💭 thought_balloon|💤 zzz
👋 wave|🤚 raised_back_of_hand|✋ raised_hand|🖖 vulcan|👌 ok_hand|🤏 pinching_hand|✌️ v|🤞 crossed_fingers|🤟 love_you|🤘 metal|🤙 call_me|👈 point_left|👉 point_right|👆 point_up_2|👇 point_down|☝️ point_up
👍 +1 thumbsup|👎 -1 thumbsdown|✊ fist|👊 punch|👏 clap|🙌 raised_hands|👐 open_hands|🤝 handshake|🙏 pray|✍️ writing_hand|💪 muscle|🧠 brain|👀 eyes|👁️ eye|👅 tongue_out|👶 baby|🧑 person|👩 woman|👨 man
🙅 no_good|🙆 ok_person|🙋 raising_hand|🙇 bow|🤦 facepalm|🤷 shrug|🧑\u200d💻 technologist|🕵️ detective|👷 construction_worker|🎅 santa|🧙 mage|🧟 zombie|🏃 runner|💃 dancer|🕺 man_dancing|🧘 lotus|👪 family
🐶 dog|🐱 cat|🐭 mouse|🐰 rabbit|🦊 fox|🐻 bear|🐼 panda|🐨 koala|🐯 tiger|🦁 lion|🐮 cow|🐷 pig|🐸 frog|🐵 monkey|🐔 chicken|🐧 penguin|🐦 bird|🦆 duck|🦉 owl|🐺 wolf|🐴 horse|🦄 unicorn|🐝 bee|🐛 bug
🦋 butterfly|🐌 snail|🐞 beetle|🐢 turtle|🐍 snake|🐙 octopus|🦀 crab|🐠 tropical_fish|🐬 dolphin|🐳 whale|🦈 shark|🐘 elephant|🐫 camel|🦒 giraffe|🐑 sheep|🦥 sloth|🐾 paw_prints
💐 bouquet|🌸 cherry_blossom|🌹 rose|🌻 sunflower|🌷 tulip|🌱 seedling|🌲 evergreen_tree|🌳 tree|🌴 palm_tree|🌵 cactus|🍀 four_leaf_clover|🍁 maple_leaf|🍂 fallen_leaf|🍄 mushroom
🍎 apple|🍊 tangerine|🍋 lemon|🍌 banana|🍉 watermelon|🍇 grapes|🍓 strawberry|🍒 cherries|🍑 peach|🥑 avocado|🍅 tomato|🥕 carrot|🌽 corn|🌶️ hot_pepper|🥐 croissant|🍞 bread|🧀 cheese|🥚 egg|🥓 bacon|🍔 hamburger
🍟 fries|🍕 pizza|🌭 hotdog|🌮 taco|🍜 ramen|🍝 spaghetti|🍣 sushi|🥟 dumpling|🍦 icecream|🍩 doughnut|🍪 cookie|🎂 birthday|🍰 cake|🍫 chocolate_bar|🍬 candy|🍿 popcorn|🍼 baby_bottle|☕ coffee|🍵 tea
🧋 bubble_tea|🍺 beer|🍻 beers|🥂 clinking_glasses|🍷 wine_glass|🥃 tumbler_glass|🍸 cocktail|🍹 tropical_drink|🍾 champagne|🍴 fork_and_knife|🥢 chopsticks
🌍 earth_africa|🌎 earth_americas|🌏 earth_asia|🗺️ world_map|🏔️ mountain|🏖️ beach|🏠 house|🏢 office|🏥 hospital|🏫 school|⛪ church|🕌 mosque|🌉 bridge_at_night|🚗 car|🚕 taxi|🚌 bus|🚑 ambulance|🚒 fire_engine
🚲 bike|🚆 train|🚄 bullettrain|✈️ airplane|🚀 rocket|🛸 flying_saucer|⛵ sailboat|🚢 ship|⛴️ ferry|⚓ anchor|🚧 construction|🚦 traffic_light|⏰ alarm_clock|⌛ hourglass|⏳ hourglass_flowing|⏱️ stopwatch
🌑 new_moon|🌙 crescent_moon|🌞 sun_with_face|⭐ star|🌟 star2|🌠 shooting_star|☀️ sunny|⛅ partly_sunny|☁️ cloud|🌧️ rain|⛈️ thunder|🌨️ snow_cloud|❄️ snowflake|☃️ snowman|🌬️ wind_face|🌀 cyclone|🌈 rainbow|☔ umbrella|⚡ zap|🔥 fire|💧 droplet|🌊 ocean
🎃 jack_o_lantern|🎄 christmas_tree|🎆 fireworks|🎇 sparkler|✨ sparkles|🎈 balloon|🎉 tada|🎊 confetti_ball|🎁 gift|🎗️ ribbon|🏆 trophy|🥇 first_place|🥈 second_place|🥉 third_place|🏅 medal|⚽ soccer|🏀 basketball|🏈 football
🎾 tennis|🏐 volleyball|🎱 8ball|🏓 ping_pong|🥊 boxing_glove|🎯 dart|🎮 video_game|🎲 game_die|🧩 jigsaw|♟️ chess_pawn|🎨 art|🎭 performing_arts|🎤 microphone|🎧 headphones|🎵 musical_note|🎶 notes|🎸 guitar|🎹 piano|🎺 trumpet|🥁 drum
🎬 clapper|📱 iphone|💻 computer|⌨️ keyboard|🖥️ desktop|🖨️ printer|💾 floppy_disk|💿 cd|📷 camera|🎥 movie_camera|📞 phone|📺 tv|📻 radio|🔋 battery|🔌 plug|💡 bulb|🔦 flashlight|🕯️ candle|💸 money_with_wings|💰 moneybag|💳 credit_card
💎 gem|⚖️ scales|🔧 wrench|🔨 hammer|⚙️ gear|🧲 magnet|🔬 microscope|🔭 telescope|💉 syringe|💊 pill|🚪 door|🛏️ bed|🚽 toilet|🚿 shower|🧹 broom|🧻 roll_of_paper|🛒 shopping_cart|📦 package|📫 mailbox|✉️ envelope|📧 email|📨 incoming_envelope
📝 memo|📄 page|📁 file_folder|📅 date|📆 calendar|📈 chart_up|📉 chart_down|📊 bar_chart|📋 clipboard|📌 pushpin|📍 round_pushpin|📎 paperclip|✂️ scissors|🗑️ wastebasket|🔒 lock|🔓 unlock|🔑 key|🔍 mag|🔗 link|📚 books|📖 book|🔖 bookmark|🏷️ label|📰 newspaper
✅ white_check_mark check|☑️ ballot_box_check|✔️ heavy_check_mark|❌ x|❎ negative_squared_cross|➕ plus|➖ minus|❓ question|❗ exclamation|‼️ bangbang|⚠️ warning|⛔ no_entry|🚫 no_entry_sign|🔞 underage|♻️ recycle|🔴 red_circle|🟠 orange_circle|🟡 yellow_circle|🟢 green_circle|🔵 blue_circle
⚫ black_circle|⚪ white_circle|🔺 small_red_triangle|➡️ arrow_right|⬅️ arrow_left|⬆️ arrow_up|⬇️ arrow_down|🔄 arrows_counterclockwise|🔙 back|🔜 soon|🆗 ok|🆕 new|🆒 cool|🆓 free|🆘 sos|🔔 bell|🔕 no_bell|📣 mega|📢 loudspeaker|🏁 checkered_flag|🚩 triangular_flag|🏳️ white_flag|🏳️\u200d🌈 rainbow_flag|🏴\u200d☠️ pirate_flag`;

export interface Named {
  emoji: string;
  name: string;
}

const all: Named[] = [];
const byName = new Map<string, string>();
for (const row of TABLE.trim().split(/[\n|]/)) {
  const [emoji = "", ...names] = row.split(" ");
  for (const name of names) {
    all.push({ emoji, name });
    byName.set(name, emoji);
  }
}

/** The emoji of a name, without colons. */
export const emojiOf = (name: string): string | undefined => byName.get(name.toLowerCase());

/** Emoji whose name begins with, or else holds, what was written; each only once, shorter names first. */
export function findEmoji(written: string, most = 8): Named[] {
  const low = written.toLowerCase();
  const rank = ({ name }: Named): number => (name === low ? 0 : name.startsWith(low) ? 1 : name.includes(`_${low}`) ? 2 : name.includes(low) ? 3 : 9);
  const fitting = all.filter((one) => rank(one) < 9).toSorted((a, b) => rank(a) - rank(b) || a.name.length - b.name.length);
  const seen = new Set<string>();
  return fitting.filter((one) => !seen.has(one.emoji) && seen.add(one.emoji)).slice(0, most);
}

/** TEXT with every :name: that is one written as its emoji; what is not a name stays, such as 10:30:00 and a::b. */
export const expandNames = (text: string): string =>
  text.replace(/(?<![\p{L}\p{N}:]):([a-z0-9_+-]{1,40}):(?![\p{L}\p{N}:])/giu, (whole, name: string) => emojiOf(name) ?? whole);
