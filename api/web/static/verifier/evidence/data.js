/**
 * Vocabularies, rule packs and rule sets, written by `make verifier` from the Python code and its TOML files.
 * Do not edit: a test compares.
 */

export const DATA = {
"packs": [
{
"allowed": ["AS","AT","AU","BE","CA","CH","CZ","DE","DK","EE","EG","ES","FI","FR","GB","GR","GU","IL","IT","JP","LT","LU","LV","MP","NL","NO","PL","PR","PT","SE","SI","TR","UM","US","VI"],
"citation": "10 U.S.C. 4863; DFARS 252.225-7009(b)",
"clause": "252.225-7009 (JAN 2023)",
"covered": [],
"digest": "sha-256:IarTzGkrNlI9bk0s_-yGhhhdTFmrDkdZeXTti6PV0qE",
"end_item": false,
"exceptions": ["clause","above-sat","cots-incorporated"],
"family": "us-dfars-252.225-7009",
"flagged": [],
"id": "us-dfars-252.225-7009",
"known": [{"done":"melted into alloy","elements":"named","steps":["alloy","strip-cast","melt-spin"],"strict":"all"}],
"listed": [],
"magnet_types": ["SmCo"],
"named": {
"SmCo": ["Sm","Co"]
},
"noted": [],
"places": [{"done":"","elements":"named","steps":["alloy","strip-cast","melt-spin"],"strict":"all"}],
"text_since": "2023-01-01",
"text_source": "DFARS source text after the publication of 10 November 2025; qualifying countries of DFARS 225.003 on that day"
},
{
"allowed": [],
"citation": "10 U.S.C. 4872; DFARS 252.225-7052(b)(1)(i) and (b)(2)(i)(A)",
"clause": "252.225-7052 (MAY 2024)",
"covered": ["CN","IR","KP","RU"],
"digest": "sha-256:3FNvemRjqXE9gLrknECsq0P7a6ftLt100I2CzwD7ojA",
"end_item": true,
"exceptions": ["clause","above-sat","outside-us","waiver","cots","electronic-device","recycled"],
"family": "us-dfars-252.225-7052",
"flagged": ["HK","MO"],
"id": "us-dfars-252.225-7052-through-2026",
"known": [{"done":"melted into alloy","elements":"named","steps":["alloy","strip-cast","melt-spin"],"strict":"all"},{"done":"sintered, bonded or otherwise formed","elements":"body","steps":["sinter","bond","hot-deform","hot-isostatic-press"],"strict":"body"},{"done":"magnetized","elements":"body","steps":["magnetize"],"strict":"body"}],
"listed": [{"done":"","elements":"any","steps":["machine","diffuse","coat","assemble","collect","dismantle","demagnetize","hydrogen-process"],"strict":"any"},{"done":"","elements":"all","steps":["mine","beneficiate","leach","separate","calcine","fluorinate","reduce","dissolve"],"strict":"all"}],
"magnet_types": ["NdFeB","SmCo"],
"named": {
"NdFeB": ["Nd","Fe","B"],
"SmCo": ["Sm","Co"]
},
"noted": [{"done":"made into powder or ribbon","elements":"body","steps":["decrepitate","jet-mill","melt-spin","hydrogen-process"],"strict":"body"}],
"places": [{"done":"","elements":"any","steps":["alloy","strip-cast","melt-spin","decrepitate","jet-mill","press","sinter","bond","hot-deform","hot-isostatic-press","magnetize"],"strict":"any"}],
"recycled": {
"country": "US",
"magnet_types": ["NdFeB"],
"remark_types": ["SmCo"],
"steps": ["jet-mill","sinter"]
},
"text_since": "2024-05-30",
"text_source": "DFARS source text after the publication of 10 November 2025; 89 FR 46816",
"until": "2026-12-31"
},
{
"allowed": [],
"citation": "10 U.S.C. 4872; Pub. L. 118-31 sec. 854; DFARS 252.225-7052(b)(1)(ii), (b)(2)(i)(B) and (b)(3)",
"clause": "252.225-7052 (MAY 2024)",
"covered": ["CN","IR","KP","RU"],
"digest": "sha-256:J1-o9LfI8vl0-BxPYLP0AK2gi9QGod_ZOUY6oFBbWyw",
"end_item": true,
"exceptions": ["clause","above-sat","outside-us","waiver","cots-below-half","electronic-device","recycled"],
"family": "us-dfars-252.225-7052",
"flagged": ["HK","MO"],
"id": "us-dfars-252.225-7052-from-2027",
"known": [{"done":"mined","elements":"named","steps":["mine"],"strict":"all"},{"done":"separated","elements":"named-rare-earths","steps":["separate"],"strict":"rare-earths"},{"done":"made into metal","elements":"named-rare-earths","steps":["reduce"],"strict":"rare-earths"},{"done":"melted into alloy","elements":"named","steps":["alloy","strip-cast","melt-spin"],"strict":"all"},{"done":"sintered, bonded or otherwise formed","elements":"body","steps":["sinter","bond","hot-deform","hot-isostatic-press"],"strict":"body"},{"done":"magnetized","elements":"body","steps":["magnetize"],"strict":"body"}],
"listed": [{"done":"","elements":"any","steps":["machine","diffuse","coat","assemble","collect","dismantle","demagnetize","hydrogen-process"],"strict":"any"}],
"magnet_types": ["NdFeB","SmCo"],
"named": {
"NdFeB": ["Nd","Fe","B"],
"SmCo": ["Sm","Co"]
},
"noted": [{"done":"made into powder or ribbon","elements":"body","steps":["decrepitate","jet-mill","melt-spin","hydrogen-process"],"strict":"body"}],
"places": [{"done":"","elements":"any","steps":["alloy","strip-cast","melt-spin","decrepitate","jet-mill","press","sinter","bond","hot-deform","hot-isostatic-press","magnetize"],"strict":"any"},{"done":"","elements":"named","steps":["mine","beneficiate","leach","separate","calcine","fluorinate","reduce","dissolve"],"strict":"all"}],
"recycled": {
"country": "US",
"magnet_types": ["NdFeB"],
"remark_types": ["SmCo"],
"steps": ["jet-mill","sinter"]
},
"since": "2027-01-01",
"text_since": "2024-05-30",
"text_source": "DFARS source text after the publication of 10 November 2025; 89 FR 46816"
}
],
"rule_sets": [
{
"assay_tolerance_ppm": 5000,
"composition": {
"NdFeB": [240000,350000],
"SmCo": [200000,400000]
},
"digest": "sha-256:7_nay7oELplAo9OlbsMcVgSHH-cJImITCmxDm7_T2sQ",
"id": "lodestone-rules-2026-1",
"rounding_mg": 1,
"trace_ppm": 1000,
"yields": {
"alloy": [900000,1000000],
"beneficiate": [300000,850000],
"leach": [700000,990000],
"machine": [300000,1000000],
"reduce": [800000,1000000],
"separate": [800000,1000000],
"sinter": [800000,1000000],
"strip-cast": [900000,1000000]
}
}
],
"title": "prepared against section 857(a)(2) of the James M. Inhofe National Defense Authorization Act for Fiscal Year 2023 (Public Law 117-263)",
"vocabulary": {
"added_in_air": ["calcine","coat","decrepitate","dissolve","fluorinate","hydrogen-process","leach","separate"],
"bases": ["assay","specification","estimate"],
"consolidations": ["sintered","bonded","hot-deformed","cast"],
"countries": ["AD","AE","AF","AG","AI","AL","AM","AO","AQ","AR","AS","AT","AU","AW","AX","AZ","BA","BB","BD","BE","BF","BG","BH","BI","BJ","BL","BM","BN","BO","BQ","BR","BS","BT","BV","BW","BY","BZ","CA","CC","CD","CF","CG","CH","CI","CK","CL","CM","CN","CO","CR","CU","CV","CW","CX","CY","CZ","DE","DJ","DK","DM","DO","DZ","EC","EE","EG","EH","ER","ES","ET","FI","FJ","FK","FM","FO","FR","GA","GB","GD","GE","GF","GG","GH","GI","GL","GM","GN","GP","GQ","GR","GS","GT","GU","GW","GY","HK","HM","HN","HR","HT","HU","ID","IE","IL","IM","IN","IO","IQ","IR","IS","IT","JE","JM","JO","JP","KE","KG","KH","KI","KM","KN","KP","KR","KW","KY","KZ","LA","LB","LC","LI","LK","LR","LS","LT","LU","LV","LY","MA","MC","MD","ME","MF","MG","MH","MK","ML","MM","MN","MO","MP","MQ","MR","MS","MT","MU","MV","MW","MX","MY","MZ","NA","NC","NE","NF","NG","NI","NL","NO","NP","NR","NU","NZ","OM","PA","PE","PF","PG","PH","PK","PL","PM","PN","PR","PS","PT","PW","PY","QA","RE","RO","RS","RU","RW","SA","SB","SC","SD","SE","SG","SH","SI","SJ","SK","SL","SM","SN","SO","SR","SS","ST","SV","SX","SY","SZ","TC","TD","TF","TG","TH","TJ","TK","TL","TM","TN","TO","TR","TT","TV","TW","TZ","UA","UG","UM","US","UY","UZ","VA","VC","VE","VG","VI","VN","VU","WF","WS","YE","YT","ZA","ZM","ZW"],
"custody_models": ["identity-preserved","segregated","controlled-blending","mass-balance","book-and-claim"],
"disposed_by_sale": ["consignment","sale"],
"elements": ["Ac","Ag","Al","Ar","As","At","Au","B","Ba","Be","Bi","Br","C","Ca","Cd","Ce","Cl","Co","Cr","Cs","Cu","Dy","Er","Eu","F","Fe","Fr","Ga","Gd","Ge","H","He","Hf","Hg","Ho","I","In","Ir","K","Kr","La","Li","Lu","Mg","Mn","Mo","N","Na","Nb","Nd","Ne","Ni","O","Os","P","Pa","Pb","Pd","Pm","Po","Pr","Pt","Ra","Rb","Re","Rh","Rn","Ru","S","Sb","Sc","Se","Si","Sm","Sn","Sr","Ta","Tb","Tc","Te","Th","Ti","Tl","Tm","U","V","W","Xe","Y","Yb","Zn","Zr"],
"formed_materials": ["assembly","block","magnet","product"],
"forming_steps": ["bond","hot-deform","hot-isostatic-press","sinter"],
"handling_steps": ["blend","repack","split","store"],
"lost_in_loop": ["bond","coat","decrepitate","diffuse","hot-deform","hot-isostatic-press","jet-mill","machine","magnetize","press","sinter"],
"magnet_types": ["NdFeB","SmCo","SmFeN","AlNiCo","ferrite","other"],
"materials": ["ore","concentrate","mixed-compound","solution","oxide","salt","metal","alloy","powder","compact","block","magnet","assembly","product","scrap","swarf","residue","in-process","ferroboron","iron","cobalt","other"],
"rare_earths": ["La","Ce","Pr","Nd","Pm","Sm","Eu","Gd","Tb","Dy","Ho","Er","Tm","Yb","Lu","Y","Sc"],
"reentry_steps": ["alloy","beneficiate","calcine","decrepitate","dissolve","fluorinate","hydrogen-process","jet-mill","leach","melt-spin","press","reduce","separate","strip-cast"],
"secondary_materials": ["residue","scrap","swarf"],
"steps": ["beneficiate","leach","separate","calcine","fluorinate","reduce","alloy","strip-cast","melt-spin","decrepitate","jet-mill","press","sinter","bond","hot-deform","hot-isostatic-press","machine","diffuse","coat","magnetize","assemble","collect","dismantle","demagnetize","hydrogen-process","dissolve","split","blend","repack","store"],
"terms": ["sale","toll","consignment","return","internal"],
"unformable_materials": ["concentrate","mixed-compound","ore","oxide","salt","solution"]
}
};
